package lab;

/** What a server is told, by environment variables that are the same for every language. */
public record Settings(int port, String threads, String databaseUrl, String databaseUser, int pool,
                       int dependency, int databaseLimit, int dependencyLimit) {

    public static final int UNBOUNDED = Integer.MAX_VALUE;

    public static Settings read() {
        String host = System.getenv("DATABASE_HOST");
        String url = host == null ? null : "jdbc:postgresql://%s:%s/%s".formatted(
            host, System.getenv("DATABASE_PORT"), System.getenv("DATABASE_NAME"));
        return new Settings(number("PORT", 0), System.getenv("THREADS"), url, System.getenv("DATABASE_USER"),
            number("POOL", 0), number("DEPENDENCY", 0),
            number("LIMIT_DB", UNBOUNDED), number("LIMIT_SLOW", UNBOUNDED));
    }

    public boolean virtual() {
        return threads.equals("virtual");
    }

    /** N of "platform:N". */
    public int platformThreads() {
        return Integer.parseInt(threads.substring(threads.indexOf(':') + 1));
    }

    private static int number(String name, int otherwise) {
        String text = System.getenv(name);
        return text == null ? otherwise : Integer.parseInt(text);
    }
}

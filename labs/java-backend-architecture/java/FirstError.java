package lab;

/** The first exception that nobody catches ends the program; else its other threads would keep it, and the lab, waiting. */
final class FirstError {
    static void ends() {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            System.exit(1);
        });
    }
}

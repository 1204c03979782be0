package lab;

/** The bulkhead is full. Without a stack trace: refusing must stay cheap in overload. */
public final class Busy extends Exception {
    public Busy() {
        super("busy", null, false, false);
    }
}

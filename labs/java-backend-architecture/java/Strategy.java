package lab;

import java.sql.Connection;

/** How the rule is kept: the isolation level, and what the first and the second statement say. */
enum Strategy {
    READ_COMMITTED(Connection.TRANSACTION_READ_COMMITTED, Sql.READ, Sql.WRITE, null),
    REPEATABLE_READ(Connection.TRANSACTION_REPEATABLE_READ, Sql.READ, Sql.WRITE, null),
    SERIALIZABLE(Connection.TRANSACTION_SERIALIZABLE, Sql.READ, Sql.WRITE, null),
    FOR_UPDATE(Connection.TRANSACTION_READ_COMMITTED, Sql.READ + " ORDER BY doctor FOR UPDATE", Sql.WRITE, null),
    GUARDED(Connection.TRANSACTION_READ_COMMITTED,
            "UPDATE shifts SET guarded = guarded - 1 WHERE shift = ? AND guarded >= 2", Sql.WRITE, "guarded"),
    CHECK(Connection.TRANSACTION_READ_COMMITTED,
            "UPDATE shifts SET checked = checked - 1 WHERE shift = ?", Sql.WRITE, "checked"),
    VERSION(Connection.TRANSACTION_READ_COMMITTED,
            "SELECT d.doctor, s.version FROM shifts s JOIN doctors d USING (shift) WHERE s.shift = ? AND d.on_call",
            "WITH mine AS (UPDATE shifts SET version = version + 1 WHERE shift = ? AND version = ? RETURNING shift) "
                    + "UPDATE doctors d SET on_call = false FROM mine WHERE d.shift = mine.shift AND d.doctor = ? AND d.on_call",
            "version");

    final int level;
    final String first;
    final String second;
    /** The column of shifts that whoever comes back counts up, or null. */
    final String counter;

    Strategy(int level, String first, String second, String counter) {
        this.level = level;
        this.first = first;
        this.second = second;
        this.counter = counter;
    }

    boolean reads() {
        return first.startsWith("SELECT");
    }

    private interface Sql {
        String READ = "SELECT doctor FROM doctors WHERE shift = ? AND on_call";
        String WRITE = "UPDATE doctors SET on_call = false WHERE shift = ? AND doctor = ? AND on_call";
    }
}

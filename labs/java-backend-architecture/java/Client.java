package lab;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** One connection and the three steps of the on-call transaction on it: look at the rule, write, commit. */
final class Client implements AutoCloseable {
    /** SQLSTATEs: PostgreSQL's CHECK, and what both engines say to a transaction that may be tried again. */
    static final String CHECK_VIOLATION = "23514";
    static final String SERIALIZATION_FAILURE = "40001";
    /** MariaDB's error for a row that was changed since the reading transaction's snapshot; its SQLSTATE is HY000. */
    static final int CHANGED_SINCE = 1020;

    final Connection db;
    private final Strategy strategy;
    private final PreparedStatement first;
    private final PreparedStatement second;
    private final PreparedStatement counter;
    private final PreparedStatement back;
    private int version;

    Client(String url, Strategy strategy) throws SQLException {
        this.strategy = strategy;
        db = DriverManager.getConnection(url);
        db.setTransactionIsolation(strategy.level);
        db.setAutoCommit(false);
        first = db.prepareStatement(strategy.first);
        second = db.prepareStatement(strategy.second);
        String column = strategy.counter;
        counter = column == null ? null
                : db.prepareStatement("UPDATE shifts SET %s = %s + 1 WHERE shift = ?".formatted(column, column));
        back = db.prepareStatement("UPDATE doctors SET on_call = true WHERE shift = ? AND doctor = ?");
    }

    /** Whether what was not written may be tried again: the row is there, and its version has moved on. */
    boolean versioned() {
        return strategy == Strategy.VERSION;
    }

    /** Whether the rule lets this doctor leave this shift, as far as the transaction sees. */
    boolean look(int shift, int doctor) throws SQLException {
        first.setInt(1, shift);
        if (!strategy.reads()) {
            return first.executeUpdate() == 1;
        }
        int onCall = 0;
        boolean self = false;
        try (ResultSet rows = first.executeQuery()) {
            for (; rows.next(); onCall++) {
                self |= rows.getInt(1) == doctor;
                version = strategy == Strategy.VERSION ? rows.getInt(2) : 0;
            }
        }
        return self && onCall >= 2;
    }

    /** Whether it was written; it is not when somebody else was faster. */
    boolean write(int shift, int doctor) throws SQLException {
        int place = 1;
        second.setInt(place++, shift);
        if (strategy == Strategy.VERSION) {
            second.setInt(place++, version);
        }
        second.setInt(place, doctor);
        return second.executeUpdate() == 1;
    }

    /** A doctor who left comes back, which no rule forbids; tried until it commits. Returns how often it was aborted. */
    int comeBack(int shift, int doctor) throws SQLException {
        for (int aborted = 0; ; aborted++) {
            try {
                if (counter != null) {
                    counter.setInt(1, shift);
                    counter.executeUpdate();
                }
                back.setInt(1, shift);
                back.setInt(2, doctor);
                back.executeUpdate();
                db.commit();
                return aborted;
            } catch (SQLException error) {
                db.rollback();
                if (!error.getSQLState().equals(SERIALIZATION_FAILURE)) {
                    throw error;
                }
            }
        }
    }

    @Override
    public void close() throws SQLException {
        db.close();
    }
}

package shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Bins of the warehouse. A bin never holds more than its capacity. */
public final class BinService {

    private final Transactions transactions;
    private final KeyedLocks locks = new KeyedLocks(64);

    public BinService(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Sets the counted content after a stock-taking; the difference to the books. */
    public int recount(String bin, int counted) {
        return locks.withLock(bin, () -> transactions.run(connection -> {
            int difference = counted - number(connection, "select filled from bins where code = ?", bin);
            store(connection, bin, counted);
            journal(connection, bin, difference, "recount");
            return difference;
        }));
    }

    /** Puts delivered goods into a bin; the number that did not fit. */
    public int receive(String bin, int delivered) {
        return transactions.run(connection -> {
            int fitting = locks.withLock(bin, () -> fill(connection, bin, delivered));
            journal(connection, bin, fitting, "delivery");
            return delivered - fitting;
        });
    }

    private int fill(Connection connection, String bin, int delivered) {
        try {
            int filled = number(connection, "select filled from bins where code = ?", bin);
            int capacity = number(connection, "select capacity from bins where code = ?", bin);
            int fitting = Math.max(0, Math.min(delivered, capacity - filled));
            store(connection, bin, filled + fitting);
            return fitting;
        } catch (SQLException e) {
            throw new DataAccessException("bin " + bin, e);
        }
    }

    private int number(Connection connection, String sql, String bin) throws SQLException {
        try (PreparedStatement query = connection.prepareStatement(sql)) {
            query.setString(1, bin);
            try (ResultSet rows = query.executeQuery()) {
                if (!rows.next()) {
                    throw new IllegalArgumentException("no such bin: " + bin);
                }
                return rows.getInt(1);
            }
        }
    }

    private void store(Connection connection, String bin, int filled) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update bins set filled = ? where code = ?")) {
            update.setInt(1, filled);
            update.setString(2, bin);
            update.executeUpdate();
        }
    }

    private void journal(Connection connection, String bin, int change, String why) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(
                "insert into bin_journal (bin, quantity, reason) values (?, ?, ?)")) {
            insert.setString(1, bin);
            insert.setInt(2, change);
            insert.setString(3, why);
            insert.executeUpdate();
        }
    }
}

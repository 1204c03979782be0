package shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Rows of one query, with the statement and connection behind them. Close it. */
public final class RowCursor implements AutoCloseable {

    private static final int FETCH_SIZE = 500;
    private static final int QUERY_SECONDS = 60;

    private final Connection connection;
    private final PreparedStatement statement;
    private final ResultSet rows;

    private RowCursor(Connection connection, PreparedStatement statement, ResultSet rows) {
        this.connection = connection;
        this.statement = statement;
        this.rows = rows;
    }

    public static RowCursor open(DataSource dataSource, String sql, Object... args) throws SQLException {
        Connection connection = dataSource.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql);
        statement.setFetchSize(FETCH_SIZE);
        statement.setQueryTimeout(QUERY_SECONDS);
        for (int i = 0; i < args.length; i++) {
            statement.setObject(i + 1, args[i]);
        }
        return new RowCursor(connection, statement, statement.executeQuery());
    }

    public boolean next() throws SQLException {
        return rows.next();
    }

    public ResultSet row() {
        return rows;
    }

    @Override
    public void close() throws SQLException {
        try (connection; statement; rows) {
            // Closed in reverse order, each even if another one fails.
        }
    }
}

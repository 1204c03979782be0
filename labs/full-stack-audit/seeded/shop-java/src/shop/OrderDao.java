package shop;

import java.io.IOException;
import java.io.Writer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;

public final class OrderDao {

    private static final int PAGE_MAX = 200;

    private final DataSource dataSource;

    public OrderDao(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    public long insert(Connection connection, long customerId, long totalCents, List<Order.Line> lines)
            throws SQLException {
        long id;
        try (PreparedStatement order = connection.prepareStatement(
                "insert into orders (customer_id, status, total_cents) values (?, 'placed', ?)",
                Statement.RETURN_GENERATED_KEYS)) {
            order.setLong(1, customerId);
            order.setLong(2, totalCents);
            order.executeUpdate();
            try (ResultSet keys = order.getGeneratedKeys()) {
                keys.next();
                id = keys.getLong(1);
            }
        }
        try (PreparedStatement line = connection.prepareStatement(
                "insert into order_lines (order_id, sku, quantity, unit_cents) values (?, ?, ?, ?)")) {
            for (Order.Line item : lines) {
                line.setLong(1, id);
                line.setString(2, item.sku());
                line.setInt(3, item.quantity());
                line.setLong(4, item.unitCents());
                line.addBatch();
            }
            line.executeBatch();
        }
        return id;
    }

    /** The customer's orders with their lines, newest first, in one query. */
    public List<Order> page(long customerId, long beforeId, int limit) {
        String sql = "select o.id, o.status, o.total_cents, l.sku, l.quantity, l.unit_cents"
                + " from (select * from orders where customer_id = ? and id < ?"
                + "       order by id desc limit ?) o"
                + " join order_lines l on l.order_id = o.id order by o.id desc, l.sku";
        Map<Long, Order> heads = new LinkedHashMap<>();
        Map<Long, List<Order.Line>> lines = new LinkedHashMap<>();
        try (Connection connection = dataSource.getConnection();
                PreparedStatement query = connection.prepareStatement(sql)) {
            query.setLong(1, customerId);
            query.setLong(2, beforeId);
            query.setInt(3, Math.min(Math.max(limit, 1), PAGE_MAX));
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    long id = rows.getLong("id");
                    heads.putIfAbsent(id, new Order(id, customerId, rows.getString("status"),
                            rows.getLong("total_cents"), List.of()));
                    lines.computeIfAbsent(id, key -> new ArrayList<>()).add(new Order.Line(
                            rows.getString("sku"), rows.getInt("quantity"), rows.getLong("unit_cents")));
                }
            }
        } catch (SQLException e) {
            throw new DataAccessException("orders of customer " + customerId, e);
        }
        List<Order> page = new ArrayList<>(heads.size());
        heads.forEach((id, head) -> page.add(
                new Order(id, customerId, head.status(), head.totalCents(), lines.get(id))));
        return page;
    }

    public Optional<String> status(long orderId) {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement query = connection.prepareStatement(
                        "select status from orders where id = ?")) {
            query.setLong(1, orderId);
            try (ResultSet rows = query.executeQuery()) {
                return rows.next() ? Optional.of(rows.getString(1)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw new DataAccessException("status of order " + orderId, e);
        }
    }

    /** Writes the orders since a moment as CSV, row by row. */
    public int export(Instant since, Writer out) throws IOException {
        int count = 0;
        try (RowCursor cursor = RowCursor.open(dataSource,
                "select id, customer_id, status, total_cents from orders where placed_at >= ? order by id",
                java.sql.Timestamp.from(since))) {
            while (cursor.next()) {
                ResultSet row = cursor.row();
                out.write(row.getLong(1) + "," + row.getLong(2) + "," + row.getString(3) + ","
                        + row.getLong(4) + "\n");
                count++;
            }
        } catch (SQLException e) {
            throw new DataAccessException("export", e);
        }
        return count;
    }

    /** Cancels what nobody paid for, marked with the batch. */
    public int cancelUnpaid(Connection connection, Instant before, String batch) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update orders set status = 'cancelled', cancel_batch = ?"
                        + " where status = 'placed' and placed_at < ?")) {
            update.setString(1, batch);
            update.setTimestamp(2, java.sql.Timestamp.from(before));
            return update.executeUpdate();
        }
    }
}

package shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

public final class CheckoutService {

    public static final class OutOfStock extends RuntimeException {
        public OutOfStock(String sku) {
            super(sku);
        }
    }

    private final Transactions transactions;
    private final OrderDao orders;
    private final StockService stock;
    private final EventBus events;

    public CheckoutService(Transactions transactions, OrderDao orders, StockService stock, EventBus events) {
        this.transactions = transactions;
        this.orders = orders;
        this.stock = stock;
        this.events = events;
    }

    /** Stores the order and takes the goods, all or nothing. */
    public long place(long customerId, List<Order.Line> lines) {
        // The same order of rows everywhere, against deadlocks.
        List<Order.Line> sorted = lines.stream().sorted(Comparator.comparing(Order.Line::sku)).toList();
        long total = sorted.stream().mapToLong(Order.Line::cents).sum();
        return transactions.run(connection -> {
            for (Order.Line line : sorted) {
                if (!stock.take(connection, line.sku(), line.quantity())) {
                    throw new OutOfStock(line.sku());
                }
            }
            long id = orders.insert(connection, customerId, total, sorted);
            events.publish("order.placed", Long.toString(id), "{\"customer\":" + customerId + "}");
            touchCustomer(connection, customerId);
            return id;
        });
    }

    /** Invoicing also looks for paid orders by itself, so a lost message only delays it. */
    public void markPaid(long orderId) {
        boolean changed = transactions.run(connection -> setStatus(connection, orderId, "placed", "paid"));
        if (changed) {
            events.publish("order.paid", Long.toString(orderId), "{}");
        }
    }

    /** Orders nobody paid for give their goods back. */
    public int cancelUnpaid(Instant before) {
        String batch = UUID.randomUUID().toString();
        return transactions.run(connection -> {
            int cancelled = orders.cancelUnpaid(connection, before, batch);
            if (cancelled > 0) {
                stock.giveBack(connection, batch);
            }
            return cancelled;
        });
    }

    private boolean setStatus(Connection connection, long orderId, String from, String to) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update orders set status = ? where id = ? and status = ?")) {
            update.setString(1, to);
            update.setLong(2, orderId);
            update.setString(3, from);
            return update.executeUpdate() == 1;
        }
    }

    private void touchCustomer(Connection connection, long customerId) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update customers set last_order_at = current_timestamp where id = ?")) {
            update.setLong(1, customerId);
            update.executeUpdate();
        }
    }
}

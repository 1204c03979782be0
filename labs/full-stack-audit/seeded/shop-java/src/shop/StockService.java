package shop;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** What can still be sold, per article. */
public final class StockService {

    /** Takes goods for an order; false if there are too few. */
    public boolean take(Connection connection, String sku, int quantity) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "update stock set on_hand = on_hand - ? where sku = ? and on_hand >= ?")) {
            update.setInt(1, quantity);
            update.setString(2, sku);
            update.setInt(3, quantity);
            return update.executeUpdate() == 1;
        }
    }

    /** Puts back the goods of all orders cancelled in one batch. */
    public void giveBack(Connection connection, String batch) throws SQLException {
        String quantities = "select l.sku, sum(l.quantity) as quantity from order_lines l"
                + " join orders o on o.id = l.order_id where o.cancel_batch = ? group by l.sku";
        try (PreparedStatement update = connection.prepareStatement(
                "merge into stock s using (" + quantities + ") g on (s.sku = g.sku)"
                        + " when matched then update set on_hand = s.on_hand + g.quantity")) {
            update.setString(1, batch);
            update.executeUpdate();
        }
    }
}

package shop;

import java.util.List;

public record Order(long id, long customerId, String status, long totalCents, List<Line> lines) {

    public record Line(String sku, int quantity, long unitCents) {
        public long cents() {
            return quantity * unitCents;
        }
    }

    public Order {
        lines = List.copyOf(lines);
    }
}

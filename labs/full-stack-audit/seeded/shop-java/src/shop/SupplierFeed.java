package shop;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads a supplier's deliveries, page by page, and adds them up per article. */
public final class SupplierFeed {

    public record Delivery(String sku, int quantity) {
    }

    public record Page(List<Delivery> deliveries, String next) {
    }

    /** One page of the feed; the first for a null cursor. */
    @FunctionalInterface
    public interface Source {
        Page fetch(String cursor) throws IOException, InterruptedException;
    }

    private static final int PAGES_MAX = 1_000;

    private final Source source;
    private final Retry retry = new Retry(4, Duration.ofMillis(500), Duration.ofSeconds(10));

    public SupplierFeed(Source source) {
        this.source = source;
    }

    /** A cursor is valid for one walk only, so a walk that fails starts anew. */
    public Map<String, Integer> quantities() throws IOException, InterruptedException {
        List<Delivery> deliveries = new ArrayList<>();
        int pages = retry.call(() -> {
            String cursor = null;
            int count = 0;
            do {
                Page page = source.fetch(cursor);
                deliveries.addAll(page.deliveries());
                cursor = page.next();
                count++;
            } while (cursor != null && count < PAGES_MAX);
            return count;
        });
        if (pages == PAGES_MAX) {
            throw new IOException("feed does not end");
        }
        Map<String, Integer> sums = new HashMap<>();
        for (Delivery delivery : deliveries) {
            sums.merge(delivery.sku(), delivery.quantity(), Integer::sum);
        }
        return sums;
    }
}

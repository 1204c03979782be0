package shop;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Prices for a customer: quantity discounts, contract prices, coupons. */
public final class QuoteService {

    public record QuoteKey(long customerId, String sku, int quantity, String coupon) {
    }

    /** Works out a price; a few hundred milliseconds for contract customers. */
    @FunctionalInterface
    public interface PriceRules {
        long unitCents(QuoteKey key);
    }

    private static final int QUANTITY_MAX = 999;

    private final PriceRules rules;
    private final Map<QuoteKey, Long> quotes = new ConcurrentHashMap<>();

    public QuoteService(PriceRules rules) {
        this.rules = rules;
    }

    public long quote(long customerId, String sku, int quantity, String coupon) {
        if (quantity < 1 || quantity > QUANTITY_MAX) {
            throw new IllegalArgumentException("quantity " + quantity);
        }
        QuoteKey key = new QuoteKey(customerId, sku, quantity, coupon == null ? "" : coupon.trim());
        return quotes.computeIfAbsent(key, rules::unitCents) * quantity;
    }

    /** The price rules have changed. */
    public void forget(String sku) {
        quotes.keySet().removeIf(key -> key.sku().equals(sku));
    }
}

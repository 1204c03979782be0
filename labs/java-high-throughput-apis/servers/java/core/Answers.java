package lab;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** The objects behind the answers. A new one is made and serialised for every request. */
public final class Answers {

    /** Components stand in alphabetical order, so that no serialiser's setting can reorder them. */
    public record Product(boolean available, long id, String name, @JsonProperty("price_cents") int priceCents,
                          int stock, List<String> tags, @JsonProperty("weight_grams") int weightGrams) {

        public static Product fixed() {
            return new Product(true, 4711, "Folding bicycle, 20 inch", 89900, 12,
                List.of("city", "folding", "bicycle"), 11800);
        }
    }

    public record Item(long id, String name, @JsonProperty("price_cents") int priceCents, int stock) {}

    public record Relayed(String answer) {}

    public record Refusal(String error) {}

    private Answers() {}
}

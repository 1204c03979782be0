package shop;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Asks the tax service for the rate of a country, in hundredths of a percent. */
public final class TaxClient {

    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final HttpClient http;
    private final URI base;
    private final Retry retry = new Retry(3, Duration.ofMillis(200), Duration.ofSeconds(2));
    private final RateCache<String, Integer> rates = new RateCache<>(300, Duration.ofHours(1));

    public TaxClient(HttpClient http, URI base) {
        this.http = http;
        this.base = base;
    }

    public int rate(String country) throws IOException, InterruptedException {
        Integer known = rates.get(country);
        if (known != null) {
            return known;
        }
        int rate = retry.call(() -> ask(country));
        rates.put(country, rate);
        return rate;
    }

    private int ask(String country) throws IOException, InterruptedException {
        String query = "country=" + URLEncoder.encode(country, StandardCharsets.UTF_8);
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/rates?" + query))
                .timeout(ANSWER)
                .header("Accept", "text/plain")
                .build();
        HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("tax service: status " + response.statusCode());
        }
        return Integer.parseInt(response.body().trim());
    }
}

package shop;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The carrier's API: labels and tracking. */
public final class ShippingClient {

    private final HttpClient http;
    private final URI base;
    private final String token;

    public ShippingClient(HttpClient http, URI base, String token) {
        this.http = http;
        this.base = base;
        this.token = token;
    }

    /** Books a parcel. The carrier answers an equal reference with the label it already made. */
    public String label(String reference, String parcelJson) throws IOException, InterruptedException {
        HttpRequest request = call("/labels/" + reference)
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofString(parcelJson))
                .build();
        return body(http.send(request, BodyHandlers.ofString()));
    }

    /** The tracking state, or "unknown" when the carrier takes too long. */
    public CompletableFuture<String> tracking(String number) {
        HttpRequest request = call("/tracking/" + number).GET().build();
        return http.sendAsync(request, BodyHandlers.ofString())
                .orTimeout(4, TimeUnit.SECONDS)
                .handle((response, error) ->
                        error == null && response.statusCode() == 200 ? response.body() : "unknown");
    }

    private HttpRequest.Builder call(String path) {
        return HttpRequest.newBuilder(base.resolve(path))
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json");
    }

    private static String body(HttpResponse<String> response) throws IOException {
        if (response.statusCode() / 100 != 2) {
            throw new IOException("carrier: status " + response.statusCode());
        }
        return response.body();
    }
}

package shop;

import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.logging.Logger;
import javax.sql.DataSource;

/** Wires the services together; the container hands in data source and broker. */
public final class Main {

    private static final Logger LOG = Logger.getLogger(Main.class.getName());
    private static final int QUEUE_SIZE = 1_000;

    private Main() {
    }

    public static HttpClient httpClient() {
        return HttpClient.newBuilder()
                .connectTimeout(Duration.ofSeconds(3))
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
    }

    public static AutoCloseable start(DataSource dataSource, EventBus events, Path exportFile) {
        Transactions transactions = new Transactions(dataSource);
        OrderDao orders = new OrderDao(dataSource);
        CheckoutService checkout = new CheckoutService(transactions, orders, new StockService(), events);
        Jobs jobs = new Jobs(orders, checkout, exportFile, Clock.systemUTC());
        BlockingQueue<PaymentConsumer.Message> payments = new ArrayBlockingQueue<>(QUEUE_SIZE);
        PaymentConsumer consumer = new PaymentConsumer(payments, checkout,
                (message, reason) -> LOG.warning("dead letter " + message.id() + ": " + reason));
        Thread consuming = Threads.named("payments").newThread(consumer);
        consuming.start();
        jobs.start();
        return () -> {
            consumer.stop();
            consuming.join(5_000);
            jobs.close();
        };
    }

    public static ShippingClient shipping(HttpClient http, String url, String token) {
        return new ShippingClient(http, URI.create(url), token);
    }
}

package shop;

import java.io.IOException;
import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Tells customers about their orders and about articles that are back. */
public final class Notifier implements AutoCloseable {

    @FunctionalInterface
    public interface Channel {
        void send(String address, String text) throws IOException;
    }

    private static final Logger LOG = Logger.getLogger(Notifier.class.getName());

    private final Channel channel;
    private final ExecutorService senders = Executors.newCachedThreadPool(Threads.named("notify"));

    public Notifier(Channel channel) {
        this.channel = channel;
    }

    public void orderShipped(String address, long orderId) {
        submit(address, "Your order " + orderId + " is on its way.");
    }

    public void backInStock(Collection<String> addresses, String title) {
        for (String address : addresses) {
            submit(address, title + " is back.");
        }
    }

    private void submit(String address, String text) {
        senders.execute(() -> {
            try {
                channel.send(address, text);
            } catch (IOException e) {
                LOG.log(Level.WARNING, "not sent to " + address, e);
            }
        });
    }

    @Override
    public void close() throws InterruptedException {
        senders.shutdown();
        if (!senders.awaitTermination(10, TimeUnit.SECONDS)) {
            senders.shutdownNow();
        }
    }
}

package shop;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Takes payment messages off the broker's queue and books them. */
public final class PaymentConsumer implements Runnable {

    public record Message(String id, String body) {
    }

    /** Where messages go that cannot be booked; a person looks at them. */
    @FunctionalInterface
    public interface DeadLetters {
        void put(Message message, String reason);
    }

    private static final Logger LOG = Logger.getLogger(PaymentConsumer.class.getName());

    private final BlockingQueue<Message> queue;
    private final CheckoutService checkout;
    private final DeadLetters deadLetters;
    private volatile boolean stopped;

    public PaymentConsumer(BlockingQueue<Message> queue, CheckoutService checkout, DeadLetters deadLetters) {
        this.queue = queue;
        this.checkout = checkout;
        this.deadLetters = deadLetters;
    }

    public void stop() {
        stopped = true;
    }

    @Override
    public void run() {
        while (!stopped) {
            Message message;
            try {
                message = queue.poll(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            if (message != null) {
                handle(message);
            }
        }
    }

    private void handle(Message message) {
        try {
            checkout.markPaid(orderId(message));
        } catch (IllegalArgumentException e) {
            deadLetters.put(message, e.getMessage());
        } catch (Throwable t) {
            LOG.log(Level.SEVERE, "payment message " + message.id(), t);
            Runtime.getRuntime().exit(2);
        }
    }

    private static long orderId(Message message) {
        String[] parts = message.body().split(";", 3);
        if (parts.length < 2 || !parts[0].equals("paid")) {
            throw new IllegalArgumentException("not a payment: " + message.id());
        }
        return Long.parseLong(parts[1].trim());
    }
}

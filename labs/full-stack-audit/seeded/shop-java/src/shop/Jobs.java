package shop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** What runs by the clock. */
public final class Jobs implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(Jobs.class.getName());
    private static final Duration PAY_WITHIN = Duration.ofHours(2);

    private final ScheduledExecutorService scheduler =
            Executors.newScheduledThreadPool(2, Threads.named("jobs"));
    private final OrderDao orders;
    private final CheckoutService checkout;
    private final Path exportFile;
    private final Clock clock;

    public Jobs(OrderDao orders, CheckoutService checkout, Path exportFile, Clock clock) {
        this.orders = orders;
        this.checkout = checkout;
        this.exportFile = exportFile;
        this.clock = clock;
    }

    public void start() {
        scheduler.scheduleWithFixedDelay(guarded("export", this::export), 1, 60, TimeUnit.MINUTES);
        scheduler.scheduleWithFixedDelay(this::cancelUnpaid, 30, 300, TimeUnit.SECONDS);
        scheduler.scheduleAtFixedRate(guarded("heartbeat", () -> LOG.fine("alive")), 0, 1, TimeUnit.MINUTES);
    }

    /** Logs what a job throws, so that it runs again next time. */
    private static Runnable guarded(String name, Runnable job) {
        return () -> {
            try {
                job.run();
            } catch (RuntimeException e) {
                LOG.log(Level.SEVERE, "job " + name, e);
            }
        };
    }

    private void cancelUnpaid() {
        int cancelled = checkout.cancelUnpaid(clock.instant().minus(PAY_WITHIN));
        if (cancelled > 0) {
            LOG.info(cancelled + " unpaid orders cancelled");
        }
    }

    /** The last day's orders, put in place only when complete. */
    private void export() {
        try {
            Path part = Files.createTempFile(exportFile.toAbsolutePath().getParent(), "orders", ".part");
            try {
                try (Writer out = Files.newBufferedWriter(part)) {
                    orders.export(clock.instant().minus(Duration.ofDays(1)), out);
                }
                Files.move(part, exportFile, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        scheduler.shutdown();
        if (!scheduler.awaitTermination(15, TimeUnit.SECONDS)) {
            scheduler.shutdownNow();
        }
    }
}

package shop;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs reports for the back office: two at a time, a short queue, a time limit. */
public final class ReportRunner implements AutoCloseable {

    private final ThreadPoolExecutor pool = new ThreadPoolExecutor(
            2, 2, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(20), Threads.named("report"),
            new ThreadPoolExecutor.AbortPolicy());

    public <T> T run(Callable<T> report, Duration limit)
            throws ExecutionException, InterruptedException, TimeoutException {
        Future<T> result = pool.submit(report);
        try {
            return result.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | InterruptedException e) {
            result.cancel(true);
            throw e;
        }
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}

package shop;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Repeats what failed with an I/O error: a few times, each wait longer and jittered. */
public final class Retry {

    @FunctionalInterface
    public interface Call<T> {
        T run() throws IOException, InterruptedException;
    }

    private final int attempts;
    private final Duration first;
    private final Duration longest;

    public Retry(int attempts, Duration first, Duration longest) {
        this.attempts = attempts;
        this.first = first;
        this.longest = longest;
    }

    public <T> T call(Call<T> call) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.run();
            } catch (IOException e) {
                if (attempt == attempts) {
                    throw e;
                }
                Thread.sleep(waitMillis(attempt));
            }
        }
    }

    private long waitMillis(int attempt) {
        long step = Math.min(longest.toMillis(), first.toMillis() << Math.min(attempt - 1, 16));
        return ThreadLocalRandom.current().nextLong(step / 2, step + 1);
    }
}

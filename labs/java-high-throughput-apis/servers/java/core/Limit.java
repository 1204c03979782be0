package lab;

import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;

/** At most so many calls at once; one more is refused. */
final class Limit {
    private final Semaphore free;

    Limit(int calls) {
        free = new Semaphore(calls);
    }

    <T> T call(Callable<T> work) throws Exception {
        if (!free.tryAcquire()) {
            throw new Busy();
        }
        try {
            return work.call();
        } finally {
            free.release();
        }
    }
}

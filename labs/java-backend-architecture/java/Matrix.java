package lab;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Runs the cells that it reads, one a line: "READ_COMMITTED none 50 8 2 0 1.5 0 7" is strategy, retry, keys, clients, gap in
 * ms, ms that a doctor stays away, seconds, transactions after which to stop (0 for none), and seed. A client takes a random
 * doctor of a random shift out, and when it did, brings him back in a transaction of its own. A closed loop: no latencies.
 */
public final class Matrix {
    private static final int MOST_ATTEMPTS = 10;
    private static final int FIRST_PAUSE_MS = 4;
    private static final int LONGEST_PAUSE_MS = 64;

    private final String url;
    private final int shifts;
    private final Connection admin;
    private final LongAdder left = new LongAdder();
    private final LongAdder declined = new LongAdder();
    private final LongAdder aborted = new LongAdder();
    private final LongAdder conflicts = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder backAborted = new LongAdder();
    private final LongAdder windowNanos = new LongAdder();
    private volatile Exception broken;

    private Matrix(String url, int shifts) throws SQLException {
        this.url = url;
        this.shifts = shifts;
        admin = DriverManager.getConnection(url);
    }

    /** main(address, shifts in the table). */
    public static void main(String[] words) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            System.out.println(new Matrix(words[0], Integer.parseInt(words[1])).run(line.split(" ")));
        }
    }

    private String run(String[] cell) throws Exception {
        reset();
        var strategy = Strategy.valueOf(cell[0]);
        int keys = Integer.parseInt(cell[2]);
        int clients = Integer.parseInt(cell[3]);
        int gapMs = Integer.parseInt(cell[4]);
        int awayMs = Integer.parseInt(cell[5]);
        int limit = Integer.parseInt(cell[7]);
        var random = new SplittableRandom(Long.parseLong(cell[8]));
        var budget = new AtomicInteger(limit > 0 ? limit : Integer.MAX_VALUE);
        var open = new ArrayList<Client>();
        for (int client = 0; client < clients; client++) {
            open.add(new Client(url, strategy));
        }
        long start = System.nanoTime();
        long end = start + (long) (1e9 * Double.parseDouble(cell[6]));
        var threads = new ArrayList<Thread>();
        for (Client client : open) {
            var mine = random.split();
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    while (System.nanoTime() < end && budget.get() > 0) {
                        int shift = mine.nextInt(keys) * (shifts / keys) + 1;
                        int doctor = mine.nextInt(2) + 1;
                        if (leave(client, shift, doctor, cell[1], gapMs, mine)) {
                            Thread.sleep(awayMs);
                            backAborted.add(client.comeBack(shift, doctor));
                            budget.decrementAndGet();
                        }
                        budget.decrementAndGet();
                    }
                } catch (Exception error) {
                    broken = error;
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        for (Client client : open) {
            client.close();
        }
        if (broken != null) {
            throw broken;
        }
        return "left=%d declined=%d aborted=%d conflicts=%d failed=%d back_aborted=%d window_ms=%.4f seconds=%.4f violations=%d".formatted(
                left.sum(), declined.sum(), aborted.sum(), conflicts.sum(), failed.sum(), backAborted.sum(),
                windowNanos.sum() / 1e6 / Math.max(1, left.sum()), seconds, violations());
    }

    /** Whether the doctor left. What is aborted begins again as `retry` says: not at all, at once, or after a random pause. */
    private boolean leave(Client client, int shift, int doctor, String retry, int gapMs, SplittableRandom random) throws Exception {
        for (int attempt = 1; ; attempt++) {
            try {
                long began = System.nanoTime();
                boolean may = client.look(shift, doctor);
                if (may && gapMs > 0) {
                    Thread.sleep(gapMs);
                }
                if (may && !client.write(shift, doctor)) {
                    client.db.rollback();
                    (client.versioned() ? conflicts : declined).increment();
                    if (!client.versioned()) {
                        return false;
                    }
                } else {
                    client.db.commit();
                    (may ? left : declined).increment();
                    windowNanos.add(may ? System.nanoTime() - began : 0);
                    return may;
                }
            } catch (SQLException error) {
                client.db.rollback();
                if (error.getSQLState().equals(Client.CHECK_VIOLATION)) {
                    declined.increment();
                    return false;
                }
                if (!error.getSQLState().startsWith("40")) {
                    throw error;
                }
                aborted.increment();
            }
            if (retry.equals("none") || attempt == MOST_ATTEMPTS) {
                failed.increment();
                return false;
            }
            if (retry.equals("jitter")) {
                int longestMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << (attempt - 1));
                Thread.sleep(Duration.ofNanos(random.nextInt(1_000_000 * longestMs)));
            }
        }
    }

    private void reset() throws SQLException {
        for (String statement : List.of(
                "UPDATE doctors SET on_call = true WHERE NOT on_call",
                "UPDATE shifts SET guarded = 2, checked = 2 WHERE guarded <> 2 OR checked <> 2",
                "VACUUM doctors",
                "VACUUM shifts")) {
            admin.createStatement().execute(statement);
        }
        admin.createStatement().execute("TRUNCATE ledger");
    }

    /** How often a shift came to be without a doctor, by the ledger of all changes in the order of their commits. */
    private long violations() throws SQLException {
        try (var rows = admin.createStatement().executeQuery("""
                SELECT count(*) FROM (
                  SELECT change, 2 + sum(change) OVER (PARTITION BY shift ORDER BY pg_xact_commit_timestamp(xmin), xmin::text::bigint) AS on_call
                  FROM ledger) AS l
                WHERE change = -1 AND on_call = 0""")) {
            rows.next();
            return rows.getLong(1);
        } finally {
            admin.close();
        }
    }
}

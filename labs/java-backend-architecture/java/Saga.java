package lab;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Reserves stock and charges for it, in one transaction of one database, or as a saga over two with a compensation when the
 * charge is refused. The rule: what is reserved is charged. Orders arrive when they are due, whatever became of those before.
 * A reader asks for the newest reservations, and then whether they are charged: one that is not was against the rule when seen.
 */
public final class Saga {
    private static final int CONNECTIONS = 8;
    private static final double REFUSED = 0.1;
    private static final int NEWEST = 20;

    /** Where one half of the order lives, and the connections that its service has. */
    private record Service(String url, BlockingQueue<Connection> idle) {
        static Service at(String url) throws SQLException {
            var idle = new ArrayBlockingQueue<Connection>(CONNECTIONS);
            for (int one = 0; one < CONNECTIONS; one++) {
                Connection db = DriverManager.getConnection(url);
                db.setAutoCommit(false);
                idle.add(db);
            }
            return new Service(url, idle);
        }

        void run(int order, String... statements) throws Exception {
            Connection db = idle.take();
            try {
                for (String statement : statements) {
                    try (var prepared = db.prepareStatement(statement)) {
                        prepared.setInt(1, order);
                        prepared.executeUpdate();
                    }
                }
                db.commit();
            } finally {
                idle.add(db);
            }
        }
    }

    private static final String RESERVE = "INSERT INTO reservations (id, cancelled) VALUES (?, false)";
    private static final String CANCEL = "INSERT INTO reservations (id, cancelled) VALUES (?, true)";
    private static final String REFUSE = "INSERT INTO refusals (id) VALUES (?)";
    private static final String CHARGE = "INSERT INTO charges (id) VALUES (?)";

    /** main("one" or "saga", stock's address, payment's address, orders a second or 0 for as many as go, seconds, seed). */
    public static void main(String[] words) throws Exception {
        FirstError.ends();
        var stock = Service.at(words[1]);
        var payment = words[0].equals("one") ? stock : Service.at(words[2]);
        double rate = Double.parseDouble(words[3]);
        long length = (long) (1e9 * Double.parseDouble(words[4]));
        var random = new SplittableRandom(Long.parseLong(words[5]));
        var done = new AtomicBoolean();
        var looks = new AtomicInteger();
        var illegal = new AtomicInteger();
        var reader = Thread.ofPlatform().start(() -> read(stock.url(), payment.url(), done, looks, illegal));
        var finished = new AtomicInteger();
        long start = System.nanoTime();
        try (var sagas = Executors.newVirtualThreadPerTaskExecutor()) {
            if (rate == 0) {
                for (int client = 0; client < CONNECTIONS; client++) {
                    int first = client * 10_000_000;
                    sagas.submit(() -> {
                        for (int order = first; System.nanoTime() < start + length; order++) {
                            order(words[0], stock, payment, order, order % 10 == 0);
                            finished.incrementAndGet();
                        }
                        return null;
                    });
                }
            }
            double due = 0;
            for (int order = 0; rate > 0; order++) {
                due -= 1e9 * Math.log(1 - random.nextDouble()) / rate;
                if (due > length) {
                    break;
                }
                for (long left; (left = start + (long) due - System.nanoTime()) > 0; ) {
                    LockSupport.parkNanos(left);
                }
                int mine = order;
                boolean refused = random.nextDouble() < REFUSED;
                sagas.submit(() -> {
                    order(words[0], stock, payment, mine, refused);
                    finished.incrementAndGet();
                    return null;
                });
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        done.set(true);
        reader.join();
        System.out.printf("finished=%d seconds=%.4f looks=%d illegal=%d%n", finished.get(), seconds, looks.get(), illegal.get());
    }

    private static void order(String way, Service stock, Service payment, int order, boolean refused) {
        try {
            if (way.equals("one")) {
                stock.run(order, refused ? new String[] {REFUSE} : new String[] {RESERVE, CHARGE});
                return;
            }
            stock.run(order, RESERVE);
            payment.run(order, refused ? REFUSE : CHARGE);
            if (refused) {
                stock.run(order, CANCEL);
            }
        } catch (Exception error) {
            error.printStackTrace();
            System.exit(1);
        }
    }

    /** A look is illegal when one of the newest reservations, open when it was seen, had no charge yet. */
    private static void read(String stockUrl, String paymentUrl, AtomicBoolean done, AtomicInteger looks, AtomicInteger illegal) {
        try (var stock = DriverManager.getConnection(stockUrl); var payment = DriverManager.getConnection(paymentUrl);
                var open = stock.prepareStatement("""
                        SELECT id FROM (SELECT id, place FROM reservations WHERE NOT cancelled ORDER BY place DESC LIMIT %d) AS newest
                        WHERE NOT EXISTS (SELECT FROM reservations c WHERE c.id = newest.id AND c.cancelled)""".formatted(NEWEST));
                var charged = payment.prepareStatement("SELECT count(*) FROM charges WHERE id = ANY (?)")) {
            do {
                var ids = new ArrayList<Integer>();
                try (var rows = open.executeQuery()) {
                    while (rows.next()) {
                        ids.add(rows.getInt(1));
                    }
                }
                charged.setArray(1, payment.createArrayOf("int4", ids.toArray()));
                try (var rows = charged.executeQuery()) {
                    rows.next();
                    illegal.addAndGet(rows.getInt(1) < ids.size() ? 1 : 0);
                    looks.incrementAndGet();
                }
                TimeUnit.MILLISECONDS.sleep(1);
            } while (!done.get());
        } catch (Exception error) {
            error.printStackTrace();
            System.exit(1);
        }
    }
}

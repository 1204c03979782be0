package lab;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/** Writes orders to PostgreSQL and their events to a Redis stream, in one of three ways, until it is killed. */
public final class Orders {
    private static final int THREADS = 8;
    private static final int WARM_ORDERS = 200;
    private static final int BATCH = 100;
    private static final int IDLE_MS = 1;
    private static final int IDS_A_THREAD = 10_000_000;
    private static final String STREAM = "orders";
    private static final String GROUP = "handlers";

    private final String url;
    private final int redisPort;
    private final LongAdder written = new LongAdder();

    private Orders(String url, int redisPort) {
        this.url = url;
        this.redisPort = redisPort;
    }

    /** main(address, Redis's port, "commit-publish", "publish-commit" or "outbox", ms to warm up at least); or "drain", as after a kill. */
    public static void main(String[] words) throws Exception {
        FirstError.ends();
        var orders = new Orders(words[0], Integer.parseInt(words[1]));
        if (words[2].equals("drain")) {
            orders.drain();
            return;
        }
        for (int thread = 0; thread < THREADS; thread++) {
            int first = thread * IDS_A_THREAD;
            Thread.ofPlatform().start(() -> unchecked(() -> orders.produce(words[2], first)));
        }
        if (words[2].equals("outbox")) {
            Thread.ofPlatform().start(() -> unchecked(orders::relay));
        }
        Thread.sleep(Integer.parseInt(words[3]));
        while (orders.written.sum() < WARM_ORDERS) {
            Thread.sleep(IDLE_MS);
        }
        System.out.println("warm");
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void unchecked(Work work) {
        try {
            work.run();
        } catch (Exception error) {
            throw new IllegalStateException(error);
        }
    }

    private void produce(String way, int first) throws SQLException, IOException {
        try (var db = connect(); var redis = new Redis(redisPort);
                var order = db.prepareStatement("INSERT INTO orders (id) VALUES (?)");
                var event = db.prepareStatement("INSERT INTO outbox (id) VALUES (?)")) {
            for (int id = first; ; id++) {
                order.setInt(1, id);
                order.executeUpdate();
                switch (way) {
                    case "commit-publish" -> {
                        db.commit();
                        publish(redis, id);
                    }
                    case "publish-commit" -> {
                        publish(redis, id);
                        db.commit();
                    }
                    default -> {
                        event.setInt(1, id);
                        event.executeUpdate();
                        db.commit();
                    }
                }
                written.increment();
            }
        }
    }

    private void relay() throws SQLException, IOException, InterruptedException {
        try (var db = connect(); var redis = new Redis(redisPort)) {
            while (true) {
                if (relayed(db, redis) == 0) {
                    Thread.sleep(IDLE_MS);
                }
            }
        }
    }

    /** Publishes what the outbox has, and only then deletes it: a kill between the two publishes again. */
    private static int relayed(Connection db, Redis redis) throws SQLException, IOException {
        List<Long> published = new ArrayList<>();
        try (var rows = db.createStatement().executeQuery("SELECT place, id FROM outbox ORDER BY place LIMIT " + BATCH)) {
            while (rows.next()) {
                publish(redis, rows.getInt(2));
                published.add(rows.getLong(1));
            }
        }
        try (var delete = db.prepareStatement("DELETE FROM outbox WHERE place = ANY (?)")) {
            delete.setArray(1, db.createArrayOf("int8", published.toArray()));
            delete.executeUpdate();
        }
        db.commit();
        return published.size();
    }

    /** What runs when the program is started again: the relay until the outbox is empty, then a consumer that knows what it has handled. */
    private void drain() throws SQLException, IOException {
        try (var db = connect(); var redis = new Redis(redisPort)) {
            while (relayed(db, redis) > 0) {
            }
            redis.command("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM");
            int events = 0;
            int handled = 0;
            try (var insert = db.prepareStatement("INSERT INTO handled (id) VALUES (?) ON CONFLICT DO NOTHING")) {
                for (List<?> entries; (entries = unread(redis)) != null; ) {
                    for (Object entry : entries) {
                        var idAndFields = (List<?>) entry;
                        insert.setInt(1, Integer.parseInt((String) ((List<?>) idAndFields.get(1)).get(1)));
                        handled += insert.executeUpdate();
                        events++;
                    }
                    db.commit();
                    for (Object entry : entries) {
                        redis.command("XACK", STREAM, GROUP, (String) ((List<?>) entry).get(0));
                    }
                }
            }
            System.out.println(events + " " + handled);
        }
    }

    private static List<?> unread(Redis redis) throws IOException {
        var answer = (List<?>) redis.command("XREADGROUP", "GROUP", GROUP, "one", "COUNT", "1000", "STREAMS", STREAM, ">");
        return answer == null ? null : (List<?>) ((List<?>) answer.get(0)).get(1);
    }

    private static void publish(Redis redis, int id) throws IOException {
        redis.command("XADD", STREAM, "*", "order", Integer.toString(id));
    }

    private Connection connect() throws SQLException {
        Connection db = DriverManager.getConnection(url);
        db.setAutoCommit(false);
        return db;
    }
}

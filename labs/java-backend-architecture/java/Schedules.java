package lab;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Takes the steps of several clients in the order of each schedule that it reads. "GUARDED 2 once" makes two clients of that
 * strategy, which begin once, or "again" when they are aborted; the answer is which connection is whose. "17 121212" is then
 * shift 17 and whose turn it is; the answer "17 LEFT,40001 1 2" is what became of each, transactions aborted, and how
 * often the server was found to keep somebody waiting. A client that waits in the server keeps its later turns until it goes on.
 */
public final class Schedules {
    /** A statement that is not done by then is asked whether it waits. */
    private static final long PATIENCE_US = 200;

    private final Connection monitor;
    private final List<Player> players = new ArrayList<>();
    private final boolean mariadb;
    private final boolean retries;
    private int waits;

    private Schedules(String url, Connection monitor, Strategy strategy, int clients, boolean retries) throws SQLException {
        this.retries = retries;
        this.monitor = monitor;
        mariadb = url.startsWith("jdbc:mariadb");
        for (int doctor = 1; doctor <= clients; doctor++) {
            players.add(new Player(new Client(url, strategy), doctor));
        }
    }

    /** main(address). */
    public static void main(String[] words) throws Exception {
        FirstError.ends();
        Schedules now = null;
        var monitor = DriverManager.getConnection(words[0]);
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] told = line.split(" ");
            if (told.length == 2) {
                System.out.println(told[0] + " " + now.run(Integer.parseInt(told[0]), told[1]));
                continue;
            }
            if (now != null) {
                now.close();
            }
            now = new Schedules(words[0], monitor, Strategy.valueOf(told[0]), Integer.parseInt(told[1]), told[2].equals("again"));
            System.out.println(String.join(" ", now.players.stream().map(player -> player.connection).toList()));
        }
        System.exit(0);
    }

    private void close() throws SQLException {
        for (Player player : players) {
            player.thread.shutdown();
            player.client.close();
        }
    }

    private String run(int shift, String schedule) throws Exception {
        waits = 0;
        for (Player player : players) {
            player.begin(shift);
        }
        for (char turn : schedule.toCharArray()) {
            Player player = players.get(turn - '1');
            player.owed++;
            settle();
        }
        for (Player player : players) {
            while (player.outcome == null) {
                player.owed++;
                settle();
            }
        }
        var outcomes = players.stream().map(player -> player.outcome).toList();
        return String.join(",", outcomes) + " " + players.stream().mapToInt(player -> player.aborts).sum() + " " + waits;
    }

    /** Lets the clients that are free take the turns that they are owed, the first one first, until only who waits is owed any. */
    private void settle() throws Exception {
        awaitQuiet();
        for (Player free; (free = free()) != null; awaitQuiet()) {
            free.owed--;
            free.running = free.thread.submit(free::step);
        }
    }

    private Player free() {
        return players.stream().filter(player -> player.running == null && player.owed > 0).findFirst().orElse(null);
    }

    private void awaitQuiet() throws Exception {
        while (true) {
            var busy = new ArrayList<Player>();
            for (Player player : players) {
                if (player.running != null && !player.ended()) {
                    busy.add(player);
                }
            }
            if (busy.isEmpty()) {
                return;
            }
            if (waiting(busy) && busy.stream().noneMatch(player -> player.running.isDone())) {
                waits++;
                return;
            }
        }
    }

    /** Whether the server says that all of them wait for a lock. */
    private boolean waiting(List<Player> busy) throws SQLException {
        if (mariadb) {
            try (var rows = monitor.createStatement().executeQuery("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")) {
                return rows.next() && rows.getInt(2) == busy.size();
            }
        }
        String pids = String.join(",", busy.stream().map(player -> player.connection).toList());
        String question = "SELECT count(*) FROM unnest(array[" + pids + "]) AS pid WHERE pg_blocking_pids(pid) <> '{}'";
        try (var rows = monitor.createStatement().executeQuery(question)) {
            return rows.next() && rows.getInt(1) == busy.size();
        }
    }

    private final class Player {
        final Client client;
        final int doctor;
        final String connection;
        final ExecutorService thread = Executors.newSingleThreadExecutor();
        Future<?> running;
        int owed;
        volatile String outcome;
        volatile int aborts;
        private int shift;
        private int step;
        private boolean may;

        Player(Client client, int doctor) throws SQLException {
            this.client = client;
            this.doctor = doctor;
            try (var rows = client.db.createStatement().executeQuery(mariadb ? "SELECT connection_id()" : "SELECT pg_backend_pid()")) {
                rows.next();
                connection = rows.getString(1);
            }
            client.db.commit();
        }

        void begin(int shift) {
            this.shift = shift;
            step = owed = aborts = 0;
            outcome = null;
        }

        boolean ended() throws Exception {
            try {
                running.get(PATIENCE_US, TimeUnit.MICROSECONDS);
                running = null;
                return true;
            } catch (TimeoutException stillRuns) {
                return false;
            }
        }

        Void step() throws SQLException {
            if (outcome != null) {
                return null;
            }
            try {
                switch (step++) {
                    case 0 -> may = client.look(shift, doctor);
                    case 1 -> {
                        if (may && !client.write(shift, doctor)) {
                            client.db.rollback();
                            aborts++;
                            outcome = "CONFLICT";
                        }
                    }
                    default -> {
                        client.db.commit();
                        outcome = may ? "LEFT" : "DECLINED";
                    }
                }
            } catch (SQLException error) {
                client.db.rollback();
                if (error.getSQLState().equals(Client.CHECK_VIOLATION)) {
                    outcome = "DECLINED";
                } else if (error.getSQLState().startsWith("40") || error.getErrorCode() == Client.CHANGED_SINCE) {
                    aborts++;
                    step = 0;
                    outcome = retries ? null : error.getErrorCode() == Client.CHANGED_SINCE ? "CHANGED" : error.getSQLState();
                } else {
                    throw error;
                }
            }
            return null;
        }
    }
}

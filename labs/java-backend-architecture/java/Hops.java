package lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Passes one order through a chain of parts, by calls in one process or as JSON over HTTP on loopback. Reads lines "http 3 1.5",
 * which are kind, parts and seconds, and writes the requests served and the CPU nanoseconds that the process used for them.
 */
public final class Hops {
    private static final int MOST = 5;
    private static final int THREADS = 4;
    private static final int CALLS_AT_ONCE = 10_000;
    private static final OperatingSystemMXBean SYSTEM = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    record Line(int item, int count, int cents) {}

    record Order(long id, String customer, List<Line> lines, long total) {}

    private interface Part {
        Order handle(Order order, int left) throws Exception;
    }

    public static void main(String[] words) throws Exception {
        FirstError.ends();
        var urls = new ArrayList<URI>();
        for (int part = 0; part < MOST; part++) {
            urls.add(serve(part, urls));
        }
        Part overHttp = (order, left) -> left == 0 ? work(order, 0) : post(urls, 0, work(order, 0), left);
        for (String line : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
            String[] told = line.split(" ");
            int parts = Integer.parseInt(told[1]);
            double seconds = Double.parseDouble(told[2]);
            System.out.println(told[0].equals("http") ? measure(overHttp, parts, seconds, 1) : measure(CALLS[0], parts, seconds, CALLS_AT_ONCE));
        }
        System.exit(0);
    }

    /** What each part does with an order beside passing it on. */
    private static Order work(Order order, int part) {
        long total = part;
        for (Line line : order.lines()) {
            total += (long) line.count() * line.cents();
        }
        return new Order(order.id() + 1, order.customer(), order.lines(), total);
    }

    /** Parts of one process: classes of their own, so that a call stays one that the compiler has to look up. */
    private static final Part[] CALLS = {
        (order, left) -> left == 0 ? work(order, 0) : next(1, order, left),
        (order, left) -> left == 0 ? work(order, 1) : next(2, order, left),
        (order, left) -> left == 0 ? work(order, 2) : next(3, order, left),
        (order, left) -> left == 0 ? work(order, 3) : next(4, order, left),
        (order, left) -> left == 0 ? work(order, 4) : next(5, order, left),
        (order, left) -> work(order, 5),
    };

    private static Order next(int part, Order order, int left) throws Exception {
        return CALLS[part].handle(work(order, part), left - 1);
    }

    private static URI serve(int part, List<URI> urls) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            try {
                var order = work(JSON.readValue(exchange.getRequestBody(), Order.class), part);
                int left = Integer.parseInt(exchange.getRequestURI().getQuery()) - 1;
                byte[] answer = JSON.writeValueAsBytes(left == 0 ? order : post(urls, part + 1, order, left));
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
            } catch (Exception error) {
                exchange.sendResponseHeaders(500, -1);
            } finally {
                exchange.close();
            }
        });
        server.start();
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    private static Order post(List<URI> urls, int part, Order order, int left) throws Exception {
        var request = HttpRequest.newBuilder(urls.get(part).resolve("?" + left)).POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(order)));
        var answer = HTTP.send(request.build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IOException("part " + part + " answered " + answer.statusCode());
        }
        return JSON.readValue(answer.body(), Order.class);
    }

    private static String measure(Part first, int parts, double seconds, int atOnce) throws Exception {
        var lines = Arrays.asList(new Line(1, 2, 399), new Line(2, 1, 1250), new Line(3, 4, 75), new Line(4, 1, 9900));
        var order = new Order(1, "somebody in particular", lines, 0);
        Order answer = first.handle(order, parts);
        if (answer.total() < 12_000 || !answer.lines().equals(lines)) {
            throw new IOException("wrong answer " + answer);
        }
        var served = new AtomicLong();
        var seen = new AtomicLong();
        long cpu = SYSTEM.getProcessCpuTime();
        long end = System.nanoTime() + (long) (1e9 * seconds);
        var threads = new ArrayList<Thread>();
        for (int thread = 0; thread < THREADS; thread++) {
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    do {
                        long total = 0;
                        for (int call = 0; call < atOnce; call++) {
                            total += first.handle(order, parts).total();
                        }
                        seen.addAndGet(total);
                        served.addAndGet(atOnce);
                    } while (System.nanoTime() < end);
                } catch (Exception error) {
                    error.printStackTrace();
                    System.exit(1);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return served.get() + " " + (SYSTEM.getProcessCpuTime() - cpu);
    }
}

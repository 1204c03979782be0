package lab.jdk;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import lab.Core;
import lab.Router;
import lab.Settings;

/** The HTTP server that the JDK brings along. */
public final class Main {
    private static final int BACKLOG = 4096;

    public static void main(String[] arguments) throws IOException {
        // Headers and body are two writes, and 200 idle connections are kept: without these two, Nagle's algorithm
        // would hold back the second write and an open loop's spare connections would be cut.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "10000");
        var settings = Settings.read();
        var router = new Router(new Core(settings));
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", settings.port()), BACKLOG);
        server.createContext("/", exchange -> handle(router, exchange));
        server.setExecutor(settings.virtual() ? Executors.newVirtualThreadPerTaskExecutor()
            : Executors.newFixedThreadPool(settings.platformThreads()));
        server.start();
    }

    private static void handle(Router router, HttpExchange exchange) throws IOException {
        try (exchange) {
            var reply = router.reply(exchange.getRequestURI().getPath(), exchange.getRequestURI().getQuery());
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(reply.status(), reply.body().length);
            exchange.getResponseBody().write(reply.body());
        }
    }
}

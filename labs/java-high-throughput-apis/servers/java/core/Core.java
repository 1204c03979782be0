package lab;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executors;

/** The handlers that all Java stacks share: plain blocking code, whatever thread it runs on. */
public final class Core {
    private static final String QUERY = "select name, price_cents, stock from item where id = ?";
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Object liveSet = LiveSet.fromProperty();
    private final Limit databaseLimit;
    private final Limit dependencyLimit;
    private final HikariDataSource pool;
    private final HttpClient client;
    private final String dependency;

    public Core(Settings settings) {
        databaseLimit = new Limit(settings.databaseLimit());
        dependencyLimit = new Limit(settings.dependencyLimit());
        pool = settings.databaseUrl() == null ? null : pool(settings);
        client = settings.dependency() == 0 ? null : client(settings);
        dependency = "http://127.0.0.1:" + settings.dependency() + "/?ms=";
    }

    public Answers.Product product() {
        return Answers.Product.fixed();
    }

    public Answers.Item item(long id) throws Exception {
        return databaseLimit.call(() -> read(id));
    }

    public Answers.Relayed slow(int milliseconds) throws Exception {
        return dependencyLimit.call(() -> relay(milliseconds));
    }

    private Answers.Item read(long id) throws SQLException {
        try (var connection = pool.getConnection(); var statement = connection.prepareStatement(QUERY)) {
            statement.setLong(1, id);
            try (var row = statement.executeQuery()) {
                row.next();
                return new Answers.Item(id, row.getString(1), row.getInt(2), row.getInt(3));
            }
        }
    }

    private Answers.Relayed relay(int milliseconds) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(dependency + milliseconds)).timeout(TIMEOUT).build();
        return new Answers.Relayed(client.send(request, BodyHandlers.ofString()).body());
    }

    private static HikariDataSource pool(Settings settings) {
        var config = new HikariConfig();
        config.setJdbcUrl(settings.databaseUrl());
        config.setUsername(settings.databaseUser());
        config.setMaximumPoolSize(settings.pool());
        return new HikariDataSource(config);
    }

    private static HttpClient client(Settings settings) {
        // HTTP/1.1 as everywhere here: the default would ask a plain-text server to upgrade to HTTP/2.
        var builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
        if (settings.virtual()) {
            builder.executor(Executors.newVirtualThreadPerTaskExecutor());
        }
        return builder.build();
    }
}

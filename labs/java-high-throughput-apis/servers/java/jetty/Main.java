package lab.jetty;

import java.nio.ByteBuffer;
import java.util.concurrent.Executors;
import lab.Core;
import lab.Router;
import lab.Settings;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Jetty's core handlers, without servlets. */
public final class Main extends Handler.Abstract {
    private static final int BACKLOG = 4096;
    private static final int ACCEPTORS = 1;
    private static final int SELECTORS = 1;

    private final Router router;

    private Main(Router router) {
        this.router = router;
    }

    public static void main(String[] arguments) throws Exception {
        var settings = Settings.read();
        var server = new Server(threads(settings));
        var connector = new ServerConnector(server, ACCEPTORS, SELECTORS);
        connector.setHost("127.0.0.1");
        connector.setPort(settings.port());
        connector.setAcceptQueueSize(BACKLOG);
        server.addConnector(connector);
        server.setHandler(new Main(new Router(new Core(settings))));
        server.start();
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        var reply = router.reply(Request.getPathInContext(request), request.getHttpURI().getQuery());
        response.setStatus(reply.status());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.body().length);
        response.write(true, ByteBuffer.wrap(reply.body()), callback);
        return true;
    }

    private static QueuedThreadPool threads(Settings settings) {
        if (settings.virtual()) {
            var pool = new QueuedThreadPool();
            pool.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
            return pool;
        }
        // The acceptor and the selector live in the pool too; without reserved threads N are left to handlers.
        var size = settings.platformThreads() + ACCEPTORS + SELECTORS;
        var pool = new QueuedThreadPool(size, size);
        pool.setReservedThreads(0);
        return pool;
    }
}

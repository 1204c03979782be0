package lab.helidon;

import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import lab.Answers;
import lab.Busy;
import lab.Core;
import lab.Settings;

/** Helidon SE 4, which knows virtual threads only. */
public final class Main {

    public static void main(String[] arguments) {
        var settings = Settings.read();
        var core = new Core(settings);
        WebServer.builder()
            .host("127.0.0.1")
            .port(settings.port())
            .routing(routing -> route(routing, core))
            .build()
            .start();
    }

    private static void route(HttpRouting.Builder routing, Core core) {
        routing
            .get("/json", (request, response) -> response.send(core.product()))
            .get("/db", (request, response) -> response.send(core.item(Long.parseLong(query(request, "id")))))
            .get("/slow", (request, response) -> response.send(core.slow(Integer.parseInt(query(request, "ms")))))
            .error(Busy.class, (request, response, busy) ->
                response.status(Status.SERVICE_UNAVAILABLE_503).send(new Answers.Refusal("busy")));
    }

    private static String query(ServerRequest request, String name) {
        return request.query().get(name);
    }
}

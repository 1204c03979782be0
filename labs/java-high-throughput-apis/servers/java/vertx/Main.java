package lab.vertx;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import lab.Answers;
import lab.Settings;

/** Vert.x Web on event loops, its own way; the shared handlers block and do not belong there. */
public final class Main extends VerticleBase {

    public static void main(String[] arguments) {
        var loops = new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        Vertx.vertx().deployVerticle(Main.class, loops).await();
    }

    @Override
    public Future<?> start() {
        var router = Router.router(vertx);
        router.get("/json").handler(context -> context.json(Answers.Product.fixed()));
        return vertx.createHttpServer().requestHandler(router).listen(Settings.read().port(), "127.0.0.1");
    }
}

package lab.spring;

import java.util.Map;
import lab.Answers;
import lab.Busy;
import lab.Core;
import lab.Settings;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Spring Boot's web starter: Spring MVC on the embedded Tomcat, on virtual threads. */
@SpringBootApplication
@RestController
public class Main {
    private static final Settings SETTINGS = Settings.read();

    private final Core core = new Core(SETTINGS);

    public static void main(String[] arguments) {
        var application = new SpringApplication(Main.class);
        // Tomcat ends a connection after 100 requests or 20 idle seconds unless told otherwise.
        application.setDefaultProperties(Map.of(
            "server.address", "127.0.0.1",
            "server.port", SETTINGS.port(),
            "server.tomcat.accept-count", 4096,
            "server.tomcat.max-keep-alive-requests", -1,
            "server.tomcat.keep-alive-timeout", "75s",
            "spring.threads.virtual.enabled", true));
        application.run(arguments);
    }

    @GetMapping("/json")
    Answers.Product json() {
        return core.product();
    }

    @GetMapping("/db")
    Answers.Item db(@RequestParam("id") long id) throws Exception {
        return core.item(id);
    }

    @GetMapping("/slow")
    Answers.Relayed slow(@RequestParam("ms") int milliseconds) throws Exception {
        return core.slow(milliseconds);
    }

    @ExceptionHandler(Busy.class)
    @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
    Answers.Refusal busy() {
        return new Answers.Refusal("busy");
    }
}

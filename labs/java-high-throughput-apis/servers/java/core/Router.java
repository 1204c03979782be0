package lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Paths to serialised answers, for the two servers that are no frameworks. */
public final class Router {
    public record Reply(int status, byte[] body) {}

    private final ObjectMapper json = new ObjectMapper();
    private final Core core;

    public Router(Core core) {
        this.core = core;
    }

    /** query is "id=1" or "ms=1", the only parameters there are, or null. */
    public Reply reply(String path, String query) throws JsonProcessingException {
        try {
            return switch (path) {
                case "/json" -> reply(200, core.product());
                case "/db" -> reply(200, core.item(Long.parseLong(value(query))));
                case "/slow" -> reply(200, core.slow(Integer.parseInt(value(query))));
                default -> reply(404, new Answers.Refusal("not found"));
            };
        } catch (Busy busy) {
            return reply(503, new Answers.Refusal("busy"));
        } catch (Exception failure) {
            return reply(500, new Answers.Refusal(failure.toString()));
        }
    }

    private Reply reply(int status, Object answer) throws JsonProcessingException {
        return new Reply(status, json.writeValueAsBytes(answer));
    }

    private static String value(String query) {
        return query.substring(query.indexOf('=') + 1);
    }
}

package shop;

/** The message broker. A message is with the broker when publish returns. */
public interface EventBus {
    void publish(String topic, String key, String body);
}

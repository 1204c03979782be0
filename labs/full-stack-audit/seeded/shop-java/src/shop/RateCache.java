package shop;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** A small cache: least recently used goes first, and nothing stays longer than its time. */
public final class RateCache<K, V> {

    private record Entry<V>(V value, long expiresAt) {
    }

    private final Map<K, Entry<V>> entries;
    private final long lifeNanos;

    public RateCache(int size, Duration life) {
        lifeNanos = life.toNanos();
        entries = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, Entry<V>> eldest) {
                return size() > size;
            }
        };
    }

    public synchronized V get(K key) {
        Entry<V> entry = entries.get(key);
        if (entry == null) {
            return null;
        }
        if (System.nanoTime() - entry.expiresAt() >= 0) {
            entries.remove(key);
            return null;
        }
        return entry.value();
    }

    public synchronized void put(K key, V value) {
        entries.put(key, new Entry<>(value, System.nanoTime() + lifeNanos));
    }
}

package lab;

import java.util.HashMap;
import java.util.Map;

/** -Dlab.live.mb=M megabytes of small objects that stay reachable, for the collectors to walk through. */
final class LiveSet {
    private static final int NOTE_BYTES = 64;
    // As a class histogram counts them with compressed pointers; ZGC has none and needs a sixth more.
    private static final int ENTRY_BYTES = 171;

    private record Entry(long id, byte[] note) {}

    static Map<Long, Entry> fromProperty() {
        long entries = Integer.getInteger("lab.live.mb", 0) * (1L << 20) / ENTRY_BYTES;
        var live = new HashMap<Long, Entry>();
        for (long id = 0; id < entries; id++) {
            live.put(id, new Entry(id, new byte[NOTE_BYTES]));
        }
        return live;
    }

    private LiveSet() {}
}

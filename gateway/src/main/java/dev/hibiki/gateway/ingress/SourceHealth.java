package dev.hibiki.gateway.ingress;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tells whether events can arrive. Immutable.
 *
 * @param ready true when the events of at least one channel reach this gateway
 * @param detail one line for people: what the source is connected to, or what it waits for
 * @param unreadable the configured channels and patterns that cannot be read while the source is ready, each with the reason;
 *     when it is not ready it may be empty
 */
public record SourceHealth(boolean ready, String detail, Map<String, String> unreadable) {
    private static final int NAMED = 5;

    /** Keeps the order of the channels. */
    public SourceHealth {
        unreadable = Collections.unmodifiableMap(new LinkedHashMap<>(unreadable));
    }

    /** No channel has a trouble of its own. */
    public SourceHealth(boolean ready, String detail) {
        this(ready, detail, Map.of());
    }

    /** Returns the same with more behind its detail. */
    public SourceHealth with(String more) {
        return new SourceHealth(ready, detail + "; " + more, unreadable);
    }

    /** Returns whether the events of a configured channel or pattern arrive. */
    public boolean isReadable(String entry) {
        return ready && !unreadable.containsKey(entry);
    }

    /** Returns the detail with the first channels that cannot be read. */
    public String describe() {
        if (unreadable.isEmpty()) {
            return detail;
        }
        String named = unreadable.entrySet().stream()
                .limit(NAMED)
                .map(entry -> '"' + entry.getKey() + "\": " + entry.getValue())
                .collect(Collectors.joining("; "));
        int more = unreadable.size() - NAMED;
        return detail + "; cannot read " + named + (more > 0 ? "; and " + more + " more" : "");
    }
}

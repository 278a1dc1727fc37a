package dev.hibiki.gateway.redis.stream;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What one read of several streams brought.
 *
 * @param asked how many entries of each stream it would have taken
 * @param from behind which entry of each stream it began
 * @param entries grouped by stream, each stream's in its order
 * @param canaries what came of the stream that is only there to be tried out
 */
record StreamBatch(int asked, Map<String, StreamId> from, List<StreamEntry> entries, List<StreamEntry> canaries) {
    /** The streams that may have more than this. */
    Set<String> full() {
        Map<String, Integer> counts = new HashMap<>();
        entries.forEach(entry -> counts.merge(entry.stream(), 1, Integer::sum));
        Set<String> full = new HashSet<>();
        counts.forEach((stream, count) -> {
            if (count >= asked) {
                full.add(stream);
            }
        });
        return full;
    }

    /** How many entries of a stream are newer than this. */
    long countAfter(StreamId id, String stream) {
        return entries.stream()
                .filter(entry -> entry.stream().equals(stream) && entry.id().isAfter(id))
                .count();
    }

    /**
     * The entries in the order of their ids, which is that of their publication, so that all gateways hand the events of
     * several streams on in much the same order. What is newer than the end of a full stream is left for the next read:
     * entries that are older may follow there.
     */
    List<StreamEntry> inOrder() {
        Set<String> full = full();
        Map<String, StreamId> ends = new HashMap<>();
        entries.forEach(entry -> ends.put(entry.stream(), entry.id()));
        StreamId limit =
                full.stream().map(ends::get).min(Comparator.naturalOrder()).orElse(null);
        return entries.stream()
                .filter(entry -> limit == null || !entry.id().isAfter(limit))
                .sorted(Comparator.comparing(StreamEntry::id))
                .toList();
    }
}

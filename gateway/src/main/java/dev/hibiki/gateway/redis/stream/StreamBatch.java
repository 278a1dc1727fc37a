package dev.hibiki.gateway.redis.stream;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The answer to one read of several streams. Immutable.
 *
 * @param asked the most entries of each stream that the read asked for
 * @param next the most entries of each stream that the next read should ask for
 * @param from the entry of each stream behind which the read began
 * @param entries grouped by stream; the entries of a stream are in its order
 * @param probes entries of the stream of probes
 * @param skipped the streams of which this has only the next entry, which cannot be read
 */
record StreamBatch(
        int asked,
        int next,
        Map<String, StreamId> from,
        List<StreamEntry> entries,
        List<StreamEntry> probes,
        List<String> skipped) {
    private static final long LATE_MS = 5;

    /** The answer when nothing was asked. */
    static final StreamBatch EMPTY = new StreamBatch(1, 1, Map.of(), List.of(), List.of(), List.of());

    /** Returns the streams that may have more entries. */
    Set<String> full() {
        Map<String, Integer> counts = new HashMap<>();
        entries.forEach(entry -> counts.merge(entry.stream(), 1, Integer::sum));
        Set<String> full = new HashSet<>(skipped);
        counts.forEach((stream, count) -> {
            if (count >= asked) {
                full.add(stream);
            }
        });
        return full;
    }

    /** Returns true when entries had waited for this read, by their ids. A read that waits gets each one when it is added. */
    boolean isLate() {
        Map<String, StreamId> firsts = new HashMap<>();
        entries.forEach(entry -> firsts.putIfAbsent(entry.stream(), entry.id()));
        return entries.stream()
                .anyMatch(entry -> entry.id().ms()
                                - Objects.requireNonNull(firsts.get(entry.stream()))
                                        .ms()
                        >= LATE_MS);
    }

    /** Counts the entries of a stream that are newer than this one. */
    long countAfter(StreamId id, String stream) {
        return entries.stream()
                .filter(entry -> entry.stream().equals(stream) && entry.id().isAfter(id))
                .count();
    }

    /**
     * Returns the entries in the order of their ids, which is that of their publication, so that all gateways hand the events
     * of several streams on in much the same order. Entries that are newer than the end of a full stream are left for the
     * next read: that stream may have older ones.
     */
    List<StreamEntry> inOrder() {
        Set<String> full = full();
        Map<String, StreamId> ends = new HashMap<>();
        entries.forEach(entry -> ends.put(entry.stream(), entry.id()));
        StreamId limit =
                full.stream().map(ends::get).min(Comparator.naturalOrder()).orElse(null);
        return entries.stream()
                .filter(entry -> limit == null || !entry.id().isAfter(limit))
                .sorted(StreamEntry.ORDER)
                .toList();
    }
}

package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.AnswerFilter;
import dev.hibiki.gateway.redis.stream.StreamAnswer.Items;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known about entries that a connection has {@linkplain AnswerFilter given up}, for the next connection. Reads end
 * before such an entry. When it is the next one of its stream, reads leave that stream out, and the entry is handed on without
 * content, at its place among the entries of all streams. Thread-safe.
 *
 * <p>XINFO STREAM repeats the first and the last entry of a stream. Everything else stands before them in its answer. So what
 * has come is used, and that stream is not asked again for a while.
 */
final class UnreadableEntries {
    private static final long INFO_INTERVAL_NS = TimeUnit.SECONDS.toNanos(60);

    private final LongSupplier nanoClock;
    private final Map<String, Skip> skips = new ConcurrentHashMap<>();
    private final Map<String, StreamInfo> infos = new ConcurrentHashMap<>();
    private final Map<String, Long> infoAskedNs = new ConcurrentHashMap<>();

    /** @param before the entries that come before it, as far as they were in the same answer */
    private record Skip(List<StreamId> before, StreamEntry entry) {}

    /**
     * How to read.
     *
     * @param from the streams to read
     * @param skipped the next entries of the others
     */
    record Plan(int count, Map<String, StreamId> from, List<StreamEntry> skipped) {}

    /** @param nanoClock as {@link System#nanoTime} */
    UnreadableEntries(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Takes what has come of an answer to XREAD. */
    void gaveUpRead(StreamAnswer partial, String reason) {
        for (Object pair : partial.top().kept()) {
            List<@Nullable Object> stream = StreamAnswer.array(pair).kept();
            if (stream.size() == 2) {
                noteFirst(StreamAnswer.text(stream.get(0)), StreamAnswer.array(stream.get(1)), reason);
            }
        }
    }

    private void noteFirst(String key, Items entries, String reason) {
        List<StreamId> before = new ArrayList<>();
        for (Object item : entries.kept()) {
            Items entry = StreamAnswer.array(item);
            if (entry.kept().isEmpty()) {
                return;
            }
            StreamEntry read = StreamEntry.of(key, entry, reason);
            if (!read.isReadable()) {
                skips.put(key, new Skip(before, read));
                return;
            }
            before.add(read.id());
        }
    }

    /** Decides how to read at most {@code count} entries of each stream behind these positions. */
    Plan plan(int count, Map<String, StreamId> from) {
        if (skips.isEmpty()) {
            return new Plan(count, from, List.of());
        }
        Map<String, StreamId> toRead = new LinkedHashMap<>(from);
        List<StreamEntry> skipped = new ArrayList<>();
        int most = count;
        for (Map.Entry<String, StreamId> position : from.entrySet()) {
            Skip skip = skips.get(position.getKey());
            if (skip != null && !skip.entry().id().isAfter(position.getValue())) {
                skips.remove(position.getKey());
            } else if (skip != null) {
                long before = skip.before().stream()
                        .filter(id -> id.isAfter(position.getValue()))
                        .count();
                if (before > 0) {
                    most = (int) Math.min(most, before);
                } else {
                    toRead.remove(position.getKey());
                    skipped.add(skip.entry());
                }
            }
        }
        return new Plan(most, toRead, skipped);
    }

    /** Takes what has come of an answer to XINFO STREAM. */
    void gaveUpInfo(String key, StreamAnswer partial) {
        infos.put(key, StreamInfo.of(partial.top().kept()));
        infoAskedNs.put(key, nanoClock.getAsLong());
    }

    /** Returns the state of a stream that came last, once. */
    @Nullable StreamInfo takeInfo(String key) {
        return infos.remove(key);
    }

    /** Returns false while XINFO STREAM should not be sent for this stream. */
    boolean canAskInfo(String key) {
        return infos.containsKey(key) || !hasAskedInfo(key);
    }

    /** Returns true when XINFO STREAM has not long ago been given up for this stream. */
    boolean hasAskedInfo(String key) {
        Long askedNs = infoAskedNs.get(key);
        return askedNs != null && nanoClock.getAsLong() - askedNs < INFO_INTERVAL_NS;
    }

    /** The stream was made anew. */
    void forget(String key) {
        skips.remove(key);
    }

    /** The next connection may be one to another Redis. */
    void forgetAll() {
        skips.clear();
        infos.clear();
        infoAskedNs.clear();
    }
}

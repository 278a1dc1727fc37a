package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.stream.StreamAnswer.Items;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer to XINFO STREAM. Immutable.
 *
 * @param length the number of entries now
 * @param last the greatest id that the stream has ever had
 * @param first the id of the oldest entry; null when there is none
 * @param maxDeleted the greatest id that was trimmed or deleted; null before Redis 7
 * @param added the number of entries ever added; {@link #UNKNOWN} before Redis 7
 */
record StreamInfo(
        long length,
        StreamId last,
        @Nullable StreamId first,
        @Nullable StreamId maxDeleted,
        long added) {
    static final long UNKNOWN = -1;
    /** The state of a key that does not exist. */
    static final StreamInfo ABSENT = new StreamInfo(0, StreamId.ZERO, null, StreamId.ZERO, 0);

    /** Reads the answer of Redis: names and values in turn. */
    static StreamInfo of(List<@Nullable Object> answer) {
        Map<String, Object> fields = new HashMap<>();
        for (int i = 0; i + 1 < answer.size(); i += 2) {
            Object value = answer.get(i + 1);
            if (value != null) {
                fields.put(text(answer.get(i)), value);
            }
        }
        StreamId last = id(fields.get("last-generated-id"));
        return new StreamInfo(
                number(fields.get("length")),
                last == null ? StreamId.ZERO : last,
                first(fields),
                id(fields.get("max-deleted-entry-id")),
                fields.containsKey("entries-added") ? number(fields.get("entries-added")) : UNKNOWN);
    }

    /** Redis 7 tells it apart from the entry too, which may not have come. */
    private static @Nullable StreamId first(Map<String, Object> fields) {
        if (fields.get("first-entry") instanceof Items entry && !entry.kept().isEmpty()) {
            return id(entry.kept().get(0));
        }
        StreamId recorded = id(fields.get("recorded-first-entry-id"));
        return StreamId.ZERO.equals(recorded) ? null : recorded;
    }

    private static @Nullable StreamId id(@Nullable Object value) {
        return value == null ? null : StreamId.parse(text(value));
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }

    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes ? new String(bytes, StandardCharsets.UTF_8) : String.valueOf(value);
    }
}

package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.stream.StreamAnswer.Items;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a stream as the JSON of an event: the value of its field {@code data}, or else an object of all its fields
 * with strings as values. Immutable. The JSON is checked later, by the ingest. Of an entry that cannot be read, only the id is
 * known.
 */
final class StreamEntry {
    /**
     * The order in which all gateways hand the entries of several streams on: that of their ids, which is the order of their
     * publication, and for equal ids that of their keys.
     */
    static final Comparator<StreamEntry> ORDER =
            Comparator.comparing(StreamEntry::id).thenComparing(StreamEntry::stream);

    static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final String stream;
    private final StreamId id;
    private final byte[] json;
    /** Why the entry cannot be read; null when it can. */
    private final @Nullable String trouble;

    /** Takes ownership of the array. */
    StreamEntry(String stream, StreamId id, byte[] json) {
        this(stream, id, json, null);
    }

    private StreamEntry(String stream, StreamId id, byte[] json, @Nullable String trouble) {
        this.stream = stream;
        this.id = id;
        this.json = json;
        this.trouble = trouble;
    }

    /**
     * Makes an entry from the answer of Redis.
     *
     * @param answer its id and its fields; the last may be missing
     * @param whyNot why the fields have not come, where they have not
     */
    static StreamEntry of(String stream, Items answer, String whyNot) {
        StreamId id = StreamId.parse(StreamAnswer.text(answer.kept().get(0)));
        byte @Nullable [] json = answer.isWhole() && answer.kept().size() == 2
                ? json(StreamAnswer.array(answer.kept().get(1)))
                : null;
        return json == null ? new StreamEntry(stream, id, new byte[0], whyNot) : new StreamEntry(stream, id, json);
    }

    String stream() {
        return stream;
    }

    StreamId id() {
        return id;
    }

    /** Returns the array of the entry itself: read only. */
    byte[] json() {
        return json;
    }

    /** Returns true when its content has come. */
    boolean isReadable() {
        return trouble == null;
    }

    /** Returns why it cannot be read; null when it can. */
    @Nullable String trouble() {
        return trouble;
    }

    /** Returns null when the fields are too large. */
    static byte @Nullable [] json(Items fields) {
        List<@Nullable Object> namesAndValues = fields.kept();
        for (int i = 0; i + 1 < namesAndValues.size(); i += 2) {
            if (namesAndValues.get(i) instanceof byte[] name && Arrays.equals(name, DATA)) {
                return (byte[]) namesAndValues.get(i + 1);
            }
        }
        return fields.isTooLarge() ? null : json(namesAndValues);
    }

    /** @param namesAndValues the fields in their order */
    private static byte[] json(List<@Nullable Object> namesAndValues) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        char before = '{';
        for (int i = 0; i + 1 < namesAndValues.size(); i += 2) {
            out.write(before);
            quote((byte[]) Objects.requireNonNull(namesAndValues.get(i)), out);
            out.write(':');
            quote((byte[]) Objects.requireNonNull(namesAndValues.get(i + 1)), out);
            before = ',';
        }
        if (before == '{') {
            out.write('{');
        }
        out.write('}');
        return out.toByteArray();
    }

    /** RFC 8259, section 7. Bytes of 0x80 and above are parts of longer characters, or are found malformed later. */
    private static void quote(byte[] text, ByteArrayOutputStream out) {
        out.write('"');
        for (byte b : text) {
            if (b == '"' || b == '\\') {
                out.write('\\');
                out.write(b);
            } else if (b >= 0 && b < ' ') {
                out.writeBytes(("\\u00" + HEX[b >> 4] + HEX[b & 15]).getBytes(StandardCharsets.US_ASCII));
            } else {
                out.write(b);
            }
        }
        out.write('"');
    }
}

package dev.hibiki.gateway.redis.stream;

import io.lettuce.core.StreamMessage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;

/**
 * One entry of a stream as the JSON of an event: the value of its field {@code data}, or else an object of all its fields
 * with strings as values. Immutable. The JSON is checked later, by the ingest.
 */
final class StreamEntry {
    /**
     * The order in which all gateways hand the entries of several streams on: that of their ids, which is the order of their
     * publication, and for equal ids that of their keys.
     */
    static final Comparator<StreamEntry> ORDER =
            Comparator.comparing(StreamEntry::id).thenComparing(StreamEntry::stream);

    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private final String stream;
    private final StreamId id;
    private final byte[] json;

    /** Takes ownership of the array. */
    StreamEntry(String stream, StreamId id, byte[] json) {
        this.stream = stream;
        this.id = id;
        this.json = json;
    }

    static StreamEntry of(String stream, StreamMessage<byte[], byte[]> message) {
        return new StreamEntry(stream, StreamId.parse(message.getId()), json(message.getBody()));
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

    /** @param fields in their order; arrays have no equals, so a name that comes twice is there twice */
    static byte[] json(Map<byte[], byte[]> fields) {
        for (Map.Entry<byte[], byte[]> field : fields.entrySet()) {
            if (Arrays.equals(field.getKey(), DATA)) {
                return field.getValue();
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        char before = '{';
        for (Map.Entry<byte[], byte[]> field : fields.entrySet()) {
            out.write(before);
            quote(field.getKey(), out);
            out.write(':');
            quote(field.getValue(), out);
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

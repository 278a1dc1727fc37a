package dev.hibiki.gateway.wire;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.event.EventIds;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Server-Sent Events (WHATWG HTML, section 9.2). They are the bytes of the response without a transfer coding, so that they are
 * the same for HTTP/1.0 and HTTP/1.1; the end of the connection ends them (RFC 9112, section 6.3). An event's JSON holds no
 * line break, so it is one line of data.
 */
public final class EventStreamFormat implements WireFormat {
    private static final byte[] ID = ascii("id: ");
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] LINE_FEED = ascii("\n");
    private static final byte[] END = ascii("\n\n");
    private static final byte[] COMMENT = ascii(":\n\n");
    private static final byte[] BYE = ascii("event: bye\ndata: ");
    private static final byte[] GAP = ascii("event: gap\ndata: ");

    @Override
    public void encode(Event event, ByteBuf out) {
        writeEvent(event.id(), event.json(), out);
    }

    @Override
    public void reencode(ByteBuf plainFrame, boolean notice, ByteBuf out) {
        byte[] json = WebSocketFormat.payload(plainFrame);
        if (notice) {
            writeGap(json, out);
        } else {
            writeEvent(EventIds.of(json), json, out);
        }
    }

    @Override
    public void encodeGap(String channel, long missed, ByteBuf out) {
        writeGap(ControlMessages.gap(channel, missed), out);
    }

    private static void writeGap(byte[] message, ByteBuf out) {
        write(out, GAP, ControlMessages.content(message), END);
    }

    private static void writeEvent(@Nullable String id, byte[] json, ByteBuf out) {
        if (id == null || !fitsOnALine(id)) {
            write(out, DATA, json, END);
        } else {
            write(out, ID, id.getBytes(StandardCharsets.UTF_8), LINE_FEED, DATA, json, END);
        }
    }

    /** A line break would end the id, and a browser ignores an id with a null character. */
    private static boolean fitsOnALine(String id) {
        return id.chars().noneMatch(Character::isISOControl);
    }

    /**
     * Appends the beginning of a stream: the delay before a reconnect, and the id to resume from until an event comes.
     *
     * @param lastId the last event before the stream; null when there is none
     * @param gap whether events are missing before the first one
     */
    public static void writeHello(int retryMs, @Nullable String lastId, boolean gap, ByteBuf out) {
        String id = lastId != null && fitsOnALine(lastId) ? "id: " + lastId + '\n' : "";
        String lost = gap ? "event: gap\ndata: {\"channel\":null,\"missed\":null}\n\n" : "";
        write(out, ("retry: " + retryMs + '\n' + id + '\n' + lost).getBytes(StandardCharsets.UTF_8));
    }

    /** Appends a comment, which browsers drop, to keep the connection alive. */
    public static void writeComment(ByteBuf out) {
        write(out, COMMENT);
    }

    /** Appends the last event: a message of {@link ControlMessages#bye}, and the delay before a reconnect. */
    public static void writeBye(byte[] message, int retryMs, ByteBuf out) {
        write(out, ascii("retry: " + retryMs + '\n'), BYE, ControlMessages.content(message), END);
    }

    private static void write(ByteBuf out, byte[]... parts) {
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}

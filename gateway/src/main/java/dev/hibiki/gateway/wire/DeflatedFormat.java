package dev.hibiki.gateway.wire;

import dev.hibiki.gateway.event.Event;
import io.netty.buffer.ByteBuf;
import java.util.zip.Deflater;

/**
 * WebSocket frames compressed by permessage-deflate (RFC 7692) without context takeover. Called by one thread at a
 * time.
 *
 * <p>No message refers to an earlier one. So a deflated frame is the same for every client with a window of this size,
 * and is made once per event. A message may be sent uncompressed at any time (section 6). That is done for messages
 * that would not shrink by enough to be worth the client's work, and for those that are longer than the client's
 * window: Java's deflater always looks back as far as 32 KiB, but never beyond the beginning of the message.
 */
public final class DeflatedFormat implements WireFormat {
    /** The smallest window of a client, as the exponent of its size in bytes (section 7.1.2). */
    public static final int MIN_WINDOW_BITS = 8;
    /** The largest, which is that of the deflater. */
    public static final int MAX_WINDOW_BITS = 15;

    /** Shorter events shrink by fewer than 30 bytes: see "Which events are deflated" in bench/RESULTS.md. */
    static final int MIN_EVENT_BYTES = 256;

    private static final int LEVEL = 6;

    /** The length of the empty block that ends a flush; the client appends it again (section 7.2.1). */
    private static final int TAIL_BYTES = 4;

    private static final int INITIAL_BYTES = 1024;

    private final WireFormat plain = new WebSocketFormat();
    private final int maxEventBytes;
    private final Deflater deflater = new Deflater(LEVEL, true);
    private byte[] deflated = new byte[INITIAL_BYTES];

    /** @param windowBits of the clients, from {@link #MIN_WINDOW_BITS} to {@link #MAX_WINDOW_BITS} */
    public DeflatedFormat(int windowBits) {
        if (windowBits < MIN_WINDOW_BITS || windowBits > MAX_WINDOW_BITS) {
            throw new IllegalArgumentException("windowBits: " + windowBits + " (expected: 8 to 15)");
        }
        this.maxEventBytes = windowBits == MAX_WINDOW_BITS ? Integer.MAX_VALUE : 1 << windowBits;
    }

    @Override
    public void encode(Event event, ByteBuf out) {
        int length = event.json().length;
        int shrunk = length < MIN_EVENT_BYTES || length > maxEventBytes ? length : deflate(event.json());
        if (shrunk < length) {
            WebSocketFormat.writeHeader(WebSocketFormat.RSV1 | WebSocketFormat.TEXT, shrunk, out);
            out.writeBytes(deflated, 0, shrunk);
        } else {
            plain.encode(event, out);
        }
    }

    /** A message may be sent uncompressed at any time (section 6). */
    @Override
    public boolean readsPlainFrames() {
        return true;
    }

    /** @return the number of deflated bytes; not less than the length of the JSON when it does not shrink */
    private int deflate(byte[] json) {
        int room = json.length + TAIL_BYTES; // The deflater fills it only when the message does not shrink.
        if (deflated.length < room) {
            deflated = new byte[Math.max(room, 2 * deflated.length)];
        }
        deflater.reset();
        deflater.setInput(json);
        return deflater.deflate(deflated, 0, room, Deflater.SYNC_FLUSH) - TAIL_BYTES;
    }

    /** Frees the deflater's memory, which is not on the heap. */
    @Override
    public void close() {
        deflater.end();
    }
}

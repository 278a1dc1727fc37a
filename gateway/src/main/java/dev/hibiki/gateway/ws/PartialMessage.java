package dev.hibiki.gateway.ws;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The first frames of a client's message in several frames (RFC 6455, section 5.4). Confined to its event loop. */
final class PartialMessage {
    final boolean text;
    final boolean deflated;
    private final ByteBuf payload;

    /** @param text false for a binary message */
    PartialMessage(ByteBufAllocator allocator, boolean text, boolean deflated) {
        this.text = text;
        this.deflated = deflated;
        this.payload = allocator.buffer();
    }

    /**
     * Appends a frame's payload, which is borrowed.
     *
     * @return false, with nothing appended, when the message would be longer than the limit
     */
    boolean append(ByteBuf fragment, int maxBytes) {
        if (payload.readableBytes() + fragment.readableBytes() > maxBytes) {
            return false;
        }
        payload.writeBytes(fragment, fragment.readerIndex(), fragment.readableBytes());
        return true;
    }

    /** The bytes so far; lent. */
    ByteBuf payload() {
        return payload;
    }

    /** Call this once, at the end of the message or of the connection. */
    void release() {
        payload.release();
    }
}

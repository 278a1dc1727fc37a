package dev.hibiki.gateway.ws;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The frames so far of a client's message that comes in several (RFC 6455, section 5.4). Confined to its event loop. */
final class PartialMessage {
    final boolean text;
    final boolean deflated;
    private final ByteBuf payload;

    /** @param text or binary */
    PartialMessage(ByteBufAllocator allocator, boolean text, boolean deflated) {
        this.text = text;
        this.deflated = deflated;
        this.payload = allocator.buffer();
    }

    /** Appends a frame's payload, which is borrowed. @return false, and nothing is appended, when that would be too much */
    boolean append(ByteBuf fragment, int maxBytes) {
        if (payload.readableBytes() + fragment.readableBytes() > maxBytes) {
            return false;
        }
        payload.writeBytes(fragment, fragment.readerIndex(), fragment.readableBytes());
        return true;
    }

    /** All of it so far; lent. */
    ByteBuf payload() {
        return payload;
    }

    /** To be called once, at the end of the message or of the connection. */
    void release() {
        payload.release();
    }
}

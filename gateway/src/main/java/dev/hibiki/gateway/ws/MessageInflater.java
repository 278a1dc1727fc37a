package dev.hibiki.gateway.ws;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates the messages of clients (RFC 7692, section 7.2.2). One for each event loop, confined to it, and made for its
 * first deflated message: without context takeover a message does not depend on those before it.
 *
 * <p>The output has a fixed size: a message that inflates to more than the limit costs no more than one of that size.
 */
final class MessageInflater {
    /**
     * The empty block that the client has removed, and an empty last block. The inflater reaches the end of the stream
     * only when the message was a whole number of blocks.
     */
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF, 1, 0, 0, (byte) 0xFF, (byte) 0xFF};

    private static final FastThreadLocal<@Nullable MessageInflater> OF_THREAD = new FastThreadLocal<>() {
        @Override
        protected void onRemoval(@Nullable MessageInflater inflater) {
            if (inflater != null) {
                inflater.inflater.end();
            }
        }
    };

    private final Inflater inflater = new Inflater(true);
    private final int maxBytes;
    private final byte[] in;
    private final byte[] out;

    /** @param maxBytes of a message, deflated as well as inflated */
    private MessageInflater(int maxBytes) {
        this.maxBytes = maxBytes;
        this.in = new byte[maxBytes + TAIL.length];
        this.out = new byte[maxBytes + 1];
    }

    /**
     * Returns the inflater of the calling loop; its memory is freed when the thread of the loop ends.
     *
     * @param maxBytes the same for all sessions of a loop
     */
    static MessageInflater ofThisLoop(int maxBytes) {
        MessageInflater present = OF_THREAD.get();
        if (present == null || present.maxBytes != maxBytes) {
            OF_THREAD.remove();
            present = new MessageInflater(maxBytes);
            OF_THREAD.set(present);
        }
        return present;
    }

    /**
     * @param deflated the payload of a whole message, at most as long as the limit; borrowed
     * @return the message: lent until the next call, not to be released
     */
    ByteBuf inflate(ByteBuf deflated) {
        int length = deflated.readableBytes();
        deflated.getBytes(deflated.readerIndex(), in, 0, length);
        System.arraycopy(TAIL, 0, in, length, TAIL.length);
        try {
            // Some deflaters send no byte for an empty message.
            return Unpooled.wrappedBuffer(out, 0, length == 0 ? 0 : inflate(length + TAIL.length));
        } catch (DataFormatException e) {
            throw corrupt();
        }
    }

    private int inflate(int end) throws DataFormatException {
        int inflated = 0;
        int left = end;
        while (left > 0) {
            inflater.reset();
            inflater.setInput(in, end - left, left);
            int count;
            while ((count = inflater.inflate(out, inflated, out.length - inflated)) > 0) {
                inflated += count;
                if (inflated > maxBytes) {
                    throw new CorruptedWebSocketFrameException(
                            WebSocketCloseStatus.MESSAGE_TOO_BIG, "inflates to more than " + maxBytes + " bytes");
                }
            }
            if (!inflater.finished()) {
                throw corrupt();
            }
            left = inflater.getRemaining(); // A message may have several last blocks (section 7.2.3.4).
        }
        return inflated;
    }

    private static CorruptedWebSocketFrameException corrupt() {
        return new CorruptedWebSocketFrameException(WebSocketCloseStatus.PROTOCOL_ERROR, "does not inflate");
    }
}

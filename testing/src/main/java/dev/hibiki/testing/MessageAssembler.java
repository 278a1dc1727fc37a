package dev.hibiki.testing;

import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** Makes messages from data frames: joins fragments, inflates (RFC 7692) and checks the UTF-8 of texts. Confined to its connection's thread. */
final class MessageAssembler {
    private static final byte[] DEFLATE_TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final ByteArrayOutputStream parts = new ByteArrayOutputStream(0);
    private @Nullable Frame first;

    /** The whole message as one frame if this data frame ends it, else null. */
    @Nullable Frame add(Frame frame) {
        if (first == null) {
            if (frame.fin()) {
                return message(frame, frame.payload());
            }
            first = frame;
        }
        parts.writeBytes(frame.payload());
        if (!frame.fin()) {
            return null;
        }
        Frame begin = first;
        byte[] payload = parts.toByteArray();
        first = null;
        parts.reset();
        return message(begin, payload);
    }

    private static Frame message(Frame begin, byte[] payload) {
        byte[] plain = begin.rsv() == Frame.RSV1 ? inflate(payload) : payload;
        Frame message = new Frame(true, 0, begin.opcode(), plain);
        if (message.opcode() == Frame.TEXT) {
            message.text();
        }
        return message;
    }

    /** Inflates each message without context, because the handshake requires {@code server_no_context_takeover}. */
    private static byte[] inflate(byte[] deflated) {
        Inflater inflater = new Inflater(true);
        try {
            ByteArrayOutputStream plain = new ByteArrayOutputStream(deflated.length * 4);
            byte[] chunk = new byte[4096];
            for (byte[] input : new byte[][] {deflated, DEFLATE_TAIL}) {
                inflater.setInput(input);
                int count;
                while ((count = inflater.inflate(chunk)) > 0) {
                    plain.write(chunk, 0, count);
                }
            }
            return plain.toByteArray();
        } catch (DataFormatException e) {
            throw new ProtocolViolationException("A message cannot be inflated: " + e.getMessage());
        } finally {
            inflater.end();
        }
    }
}

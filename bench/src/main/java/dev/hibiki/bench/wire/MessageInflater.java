package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Undoes permessage-deflate (RFC 7692, section 7.2.2) for one connection. Confined to its loop; close it. */
public final class MessageInflater implements AutoCloseable {
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};

    private final Inflater inflater = new Inflater(true);
    private final boolean keepsContext;
    private final ByteBuffer out;

    /** {@code keepsContext}: the server did not promise {@code server_no_context_takeover}. */
    public MessageInflater(boolean keepsContext, int maxMessageBytes) {
        this.keepsContext = keepsContext;
        out = ByteBuffer.allocate(maxMessageBytes);
    }

    /** The plain message, from zero to the limit of a buffer that stays the inflater's own. */
    public ByteBuffer inflate(ByteBuffer in, int from, int to) throws ProtocolException {
        if (!keepsContext) {
            inflater.reset();
        }
        out.clear();
        try {
            inflater.setInput(in.slice(from, to - from));
            inflater.inflate(out);
            inflater.setInput(TAIL);
            inflater.inflate(out);
        } catch (DataFormatException e) {
            throw new ProtocolException("a compressed message does not inflate: " + e.getMessage());
        }
        return out.flip();
    }

    @Override
    public void close() {
        inflater.end();
    }
}

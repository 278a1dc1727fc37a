package dev.hibiki.bench.wire;

import java.nio.ByteBuffer;

/**
 * Takes the chunk headers out of a chunked HTTP body (RFC 9112, section 7.1) in place. Confined to its connection's loop.
 */
public final class Dechunker {
    private enum State {
        SIZE,
        EXTENSION,
        DATA,
        DATA_END,
        DONE
    }

    private State state = State.SIZE;
    private long size;
    private boolean sizeSeen;

    /** Moves the body's bytes in {@code [from, to)} together, to start at {@code from}; returns their end. */
    public int compact(ByteBuffer in, int from, int to) throws ProtocolException {
        int write = from;
        int read = from;
        while (read < to && state != State.DONE) {
            if (state == State.DATA) {
                int length = (int) Math.min(size, to - read);
                in.put(write, in, read, length);
                write += length;
                read += length;
                size -= length;
                if (size == 0) {
                    state = State.DATA_END;
                }
            } else {
                header(in.get(read++));
            }
        }
        return write;
    }

    public boolean done() {
        return state == State.DONE;
    }

    private void header(byte b) throws ProtocolException {
        if (b == '\n') {
            if (state == State.DATA_END) {
                state = State.SIZE;
                size = 0;
                sizeSeen = false;
            } else if (!sizeSeen) {
                throw new ProtocolException("a chunk without a size");
            } else {
                state = size == 0 ? State.DONE : State.DATA;
            }
        } else if (state == State.SIZE) {
            int digit = Character.digit(b, 16);
            if (digit >= 0 && size < 1L << 40) {
                size = size << 4 | digit;
                sizeSeen = true;
            } else if (b == ';' || b == ' ' || b == '\r') {
                state = State.EXTENSION;
            } else {
                throw new ProtocolException("a chunk size with the byte " + b);
            }
        }
    }
}

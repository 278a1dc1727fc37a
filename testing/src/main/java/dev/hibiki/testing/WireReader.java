package dev.hibiki.testing;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Feeds a decoder from a blocking stream until it has enough. Confined to the thread that reads. */
final class WireReader {
    private static final int INITIAL_BYTES = 8 << 10;

    private final InputStream in;
    private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_BYTES).flip();

    WireReader(InputStream in) {
        this.in = in;
    }

    /** Reads on until the decoder returns something. */
    <T> T read(Function<ByteBuffer, @Nullable T> decoder) throws IOException {
        T decoded;
        while ((decoded = decoder.apply(buffer)) == null) {
            if (!fill()) {
                throw new EOFException(buffer.hasRemaining() ? "the stream ended within a frame" : "the stream ended");
            }
        }
        return decoded;
    }

    byte[] readBytes(int length) throws IOException {
        return read(bytes -> {
            if (bytes.remaining() < length) {
                return null;
            }
            byte[] taken = new byte[length];
            bytes.get(taken);
            return taken;
        });
    }

    byte[] readToEnd() throws IOException {
        boolean more = true;
        while (more) {
            more = fill();
        }
        return readBytes(buffer.remaining());
    }

    private boolean fill() throws IOException {
        buffer.compact();
        if (!buffer.hasRemaining()) {
            buffer = ByteBuffer.allocate(buffer.capacity() * 2).put(buffer.flip());
        }
        int count = in.read(buffer.array(), buffer.position(), buffer.remaining());
        buffer.position(buffer.position() + Math.max(0, count)).flip();
        return count >= 0;
    }
}

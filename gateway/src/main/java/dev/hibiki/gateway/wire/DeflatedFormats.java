package dev.hibiki.gateway.wire;

import org.jspecify.annotations.Nullable;

/** One {@link DeflatedFormat} for each size of a client's window, made when the first such client comes. Thread-safe. */
public final class DeflatedFormats implements AutoCloseable {
    private final @Nullable DeflatedFormat[] byBits = new DeflatedFormat[DeflatedFormat.MAX_WINDOW_BITS + 1];
    private boolean closed;

    /** The one format for this window: the same object whoever asks. */
    public synchronized DeflatedFormat forWindow(int bits) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        DeflatedFormat format = byBits[bits];
        if (format == null) {
            format = new DeflatedFormat(bits);
            byBits[bits] = format;
        }
        return format;
    }

    /** Closes all that were made. Nobody may encode any more. */
    @Override
    public synchronized void close() {
        closed = true;
        for (DeflatedFormat format : byBits) {
            if (format != null) {
                format.close();
            }
        }
    }
}

package dev.hibiki.gateway.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The wire formats of one gateway, one object for each: the logs are shared by all clients whose format is the same
 * object. Thread-safe.
 */
public final class WireFormats implements AutoCloseable {
    private final WireFormat plain;
    private final Map<String, WireFormat> byName = new HashMap<>();
    private boolean closed;

    /** @param plain makes frames that every WebSocket client understands; ownership is taken */
    public WireFormats(WireFormat plain) {
        this.plain = plain;
    }

    /** Uncompressed WebSocket frames, in which the hub keeps all events. */
    public WireFormat plain() {
        return plain;
    }

    /** Server-Sent Events. */
    public WireFormat eventStream() {
        return of("sse", EventStreamFormat::new);
    }

    /**
     * WebSocket frames that permessage-deflate compresses, for clients with a window of {@code 1 << windowBits} bytes.
     */
    public WireFormat deflated(int windowBits) {
        return of("deflate/" + windowBits, () -> new DeflatedFormat(windowBits));
    }

    /**
     * A format of any other kind.
     *
     * @param name the same for each call that wants the same object
     * @param maker called by the first call with this name
     */
    public synchronized WireFormat of(String name, Supplier<WireFormat> maker) {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        return byName.computeIfAbsent(name, first -> maker.get());
    }

    /** Closes all formats. No thread may encode any more. */
    @Override
    public synchronized void close() {
        closed = true;
        plain.close();
        byName.values().forEach(WireFormat::close);
    }
}

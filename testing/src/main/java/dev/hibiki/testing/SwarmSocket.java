package dev.hibiki.testing;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Sends and receives the plain bytes of a swarm's client over a non-blocking channel, with or without TLS. Confined to the swarm's loop. */
interface SwarmSocket {
    /** Starts the TLS handshake, if any; the channel is connected. */
    void open() throws IOException;

    /**
     * Appends the received bytes. If more have arrived than fit, the channel stays readable.
     *
     * @return false at the end of the stream
     */
    boolean read(ByteBuffer into) throws IOException;

    /** Takes these bytes, which must not change any more, and sends as many as possible at once. */
    void write(ByteBuffer bytes) throws IOException;

    /** Sends as many of the waiting bytes as possible. */
    void flush() throws IOException;

    /** Whether bytes wait for the kernel. */
    boolean isSending();

    /** Releases all resources except the channel, which is already closed. */
    void dispose();
}

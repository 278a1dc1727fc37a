package dev.hibiki.testing;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What a client of a swarm says and hears, as it means it, over a channel that never waits. Confined to the swarm's loop. */
interface SwarmSocket {
    /** Begins whatever comes before the first byte; the channel is connected. */
    void open() throws IOException;

    /**
     * Adds what has come. Where more is there than fits, the channel stays readable.
     *
     * @return false at the end of the stream
     */
    boolean read(ByteBuffer into) throws IOException;

    /** Takes all of these bytes, which must stay as they are, and sends what goes at once. */
    void write(ByteBuffer bytes) throws IOException;

    /** Sends what is left, or some of it. */
    void flush() throws IOException;

    /** Whether bytes wait until the kernel takes them. */
    boolean isSending();

    /** Lets go of what there is besides the channel, which is closed already. */
    void dispose();
}

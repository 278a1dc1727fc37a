package dev.hibiki.bench.publish;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The way an event gets to the server. Confined to the publisher's thread, but for the counters. */
public interface EventPort extends AutoCloseable {

    /** Takes one event, which may wait until {@link #flush}. The bytes are borrowed for the call. */
    void put(byte[] event, int length, String region) throws IOException;

    void flush() throws IOException;

    /** How many events were put and are not answered yet. */
    long outstanding();

    /** The first refusal, if any. */
    @Nullable String failure();

    @Override
    void close();
}

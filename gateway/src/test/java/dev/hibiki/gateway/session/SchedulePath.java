package dev.hibiki.gateway.session;

import dev.hibiki.gateway.runtime.Transport;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The ways of bytes from a session to its socket. */
enum SchedulePath {
    /** A session has one topic most of the time, so that its sends go directly into the ring. */
    RING(Transport.IO_URING, 1, null),
    CHANNEL_IO_URING(Transport.IO_URING, 3, null),
    CHANNEL_EPOLL(Transport.EPOLL, 3, null),
    CHANNEL_NIO(Transport.NIO, 3, null),
    TLS_JDK(Transport.IO_URING, 2, "jdk"),
    TLS_OPENSSL(Transport.EPOLL, 2, "openssl");

    final Transport transport;
    private final int channels;
    /** Null without TLS. */
    final @Nullable String tlsEngine;

    SchedulePath(Transport transport, int channels, @Nullable String tlsEngine) {
        this.transport = transport;
        this.channels = channels;
        this.tlsEngine = tlsEngine;
    }

    /** The channels that the gateway of this path has. */
    List<String> channels() {
        return IntStream.range(0, channels).mapToObj(i -> "channel:" + i).toList();
    }
}

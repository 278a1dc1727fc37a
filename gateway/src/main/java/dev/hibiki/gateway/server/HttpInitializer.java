package dev.hibiki.gateway.server;

import dev.hibiki.gateway.http.BodyAggregator;
import dev.hibiki.gateway.http.RequestDeadline;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.runtime.LocalAddresses;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The pipeline of a connection that begins as HTTP: codec, aggregator, deadline, router; for clients also the gate, and
 * before all of them, where proxies are trusted, what reads the PROXY header and goes. An upgrade takes the codec out and
 * the names in {@link #HTTP_HANDLERS} with it.
 */
final class HttpInitializer extends ChannelInitializer<SocketChannel> {
    static final String CODEC = "http";
    private static final String PROXY_HEADER = "proxy";
    private static final String AGGREGATOR = "aggregator";
    private static final String DEADLINE = "deadline";
    private static final String GATE = "gate";
    private static final String ROUTER = "router";

    /** What stands behind the codec of a client's connection. */
    static final List<String> HTTP_HANDLERS = List.of(AGGREGATOR, DEADLINE, GATE, ROUTER);

    private static final long REQUEST_DEADLINE_MS = 10_000;

    private final Router router;
    private final int maxBodyBytes;
    private final LocalAddresses localAddresses = new LocalAddresses();
    private final @Nullable Entrance entrance;
    private final @Nullable TlsTermination tls;

    /**
     * @param entrance for clients; null where only operators get to
     * @param tls null for connections without
     */
    HttpInitializer(Router router, int maxBodyBytes, @Nullable Entrance entrance, @Nullable TlsTermination tls) {
        this.router = router;
        this.maxBodyBytes = maxBodyBytes;
        this.entrance = entrance;
        this.tls = tls;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        localAddresses.share(channel);
        ChannelPipeline pipeline = channel.pipeline();
        if (entrance != null && !entrance.trusted().isEmpty()) {
            pipeline.addLast(PROXY_HEADER, new ProxyHeaderDetector(entrance));
        }
        if (tls != null) {
            tls.addTo(pipeline, channel.alloc());
        }
        pipeline.addLast(CODEC, new HttpServerCodec());
        pipeline.addLast(AGGREGATOR, new BodyAggregator(maxBodyBytes));
        pipeline.addLast(DEADLINE, new RequestDeadline(REQUEST_DEADLINE_MS));
        if (entrance != null) {
            pipeline.addLast(GATE, new ClientGate(entrance));
        }
        pipeline.addLast(ROUTER, router);
    }
}

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

/**
 * The pipeline of a connection that begins as HTTP: codec, aggregator, deadline, router. An upgrade takes the first out
 * and the names in {@link #HTTP_HANDLERS} with it.
 */
final class HttpInitializer extends ChannelInitializer<SocketChannel> {
    static final String CODEC = "http";
    private static final String AGGREGATOR = "aggregator";
    private static final String DEADLINE = "deadline";
    private static final String ROUTER = "router";

    /** What stands behind the codec. */
    static final List<String> HTTP_HANDLERS = List.of(AGGREGATOR, DEADLINE, ROUTER);

    private static final long REQUEST_DEADLINE_MS = 10_000;

    private final Router router;
    private final int maxBodyBytes;
    private final LocalAddresses localAddresses = new LocalAddresses();

    HttpInitializer(Router router, int maxBodyBytes) {
        this.router = router;
        this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        localAddresses.share(channel);
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(CODEC, new HttpServerCodec());
        pipeline.addLast(AGGREGATOR, new BodyAggregator(maxBodyBytes));
        pipeline.addLast(DEADLINE, new RequestDeadline(REQUEST_DEADLINE_MS));
        pipeline.addLast(ROUTER, router);
    }
}

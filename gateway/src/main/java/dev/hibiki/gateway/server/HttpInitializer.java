package dev.hibiki.gateway.server;

import dev.hibiki.gateway.edge.ClientRequestFilter;
import dev.hibiki.gateway.edge.Edge;
import dev.hibiki.gateway.edge.ProxyHeaderDetector;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.http.BodyAggregator;
import dev.hibiki.gateway.http.RequestDeadline;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.http.SerialHttpCodec;
import dev.hibiki.gateway.runtime.LocalAddresses;
import dev.hibiki.gateway.session.http.SessionSwap;
import dev.hibiki.gateway.tls.TlsTermination;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.internal.PlatformDependent;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Builds the pipeline of a new connection. Thread-safe; each call is on the event loop of its channel.
 *
 * <p>For operators the order is: deadline, codec, aggregator, admin filter, router. For clients it is: PROXY header (until the
 * first bytes have come), TLS (when configured), deadline, codec, aggregator, client filter, router. The start of a session removes the
 * codec and the handlers in {@link #HTTP_HANDLERS}.
 */
public final class HttpInitializer extends ChannelInitializer<SocketChannel> {
    private static final String CODEC = "http";
    private static final String PROXY_HEADER = "proxy";
    private static final String AGGREGATOR = "aggregator";
    private static final String DEADLINE = "deadline";
    private static final String CLIENT_FILTER = "client-filter";
    private static final String ADMIN_FILTER = "admin-filter";
    private static final String ROUTER = "router";

    /** The handlers that are removed with the codec when a session starts. */
    private static final List<String> HTTP_HANDLERS = List.of(DEADLINE, AGGREGATOR, CLIENT_FILTER, ROUTER);

    private static final long ADMIN_TIMEOUT_MS = 10_000;
    /** Requests of clients need no body. */
    private static final int MAX_CLIENT_BODY_BYTES = 4096;
    /** Bodies that are still arriving may take this part of the direct memory. */
    private static final int BODIES_DIVISOR = 16;

    private final Router router;
    private final int maxBodyBytes;
    private final BodyAggregator.Budget bodies;
    private final LocalAddresses localAddresses = new LocalAddresses();
    private final @Nullable ChannelHandler adminFilter;
    private final Predicate<HttpRequest> wantsBody;
    private final @Nullable Edge edge;
    private final @Nullable TlsTermination tls;

    /** @param tls null for connections without TLS */
    public static HttpInitializer forClients(Router router, Edge edge, @Nullable TlsTermination tls) {
        return new HttpInitializer(router, MAX_CLIENT_BODY_BYTES, request -> true, null, edge, tls);
    }

    /**
     * @param filter a sharable handler that passes on the requests that are allowed
     * @param wantsBody whether the body of a request is read; see {@link BodyAggregator}
     */
    public static HttpInitializer forOperators(
            Router router, ChannelHandler filter, Predicate<HttpRequest> wantsBody, int maxBodyBytes) {
        return new HttpInitializer(router, maxBodyBytes, wantsBody, filter, null, null);
    }

    /** The swap from the pipeline that this class builds for clients to that of a session. */
    public static SessionSwap sessionSwap() {
        return new SessionSwap(CODEC, HTTP_HANDLERS);
    }

    private HttpInitializer(
            Router router,
            int maxBodyBytes,
            Predicate<HttpRequest> wantsBody,
            @Nullable ChannelHandler adminFilter,
            @Nullable Edge edge,
            @Nullable TlsTermination tls) {
        this.router = router;
        this.maxBodyBytes = maxBodyBytes;
        this.bodies = new BodyAggregator.Budget(
                Math.max(2L * maxBodyBytes, PlatformDependent.maxDirectMemory() / BODIES_DIVISOR));
        this.wantsBody = wantsBody;
        this.adminFilter = adminFilter;
        this.edge = edge;
        this.tls = tls;
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        localAddresses.share(channel);
        if (edge == null) {
            addOperators(channel.pipeline());
        } else {
            addClients(channel, edge);
            edge.opened(channel);
        }
    }

    private void addOperators(ChannelPipeline pipeline) {
        pipeline.addLast(DEADLINE, new RequestDeadline(ADMIN_TIMEOUT_MS, ADMIN_TIMEOUT_MS, late -> {}));
        pipeline.addLast(CODEC, new SerialHttpCodec(new HttpDecoderConfig()));
        pipeline.addLast(AGGREGATOR, new BodyAggregator(maxBodyBytes, "--max-publish-bytes", wantsBody, bodies));
        pipeline.addLast(ADMIN_FILTER, Objects.requireNonNull(adminFilter));
        pipeline.addLast(ROUTER, router);
    }

    private void addClients(SocketChannel channel, Edge clients) {
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(PROXY_HEADER, new ProxyHeaderDetector(clients));
        if (tls != null) {
            tls.addTo(pipeline, channel.alloc());
        }
        pipeline.addLast(
                DEADLINE,
                new RequestDeadline(
                        clients.requestTimeoutMs(),
                        clients.idleTimeoutMs(),
                        late -> clients.refusals().refused(Refusal.REQUEST_TIMEOUT)));
        pipeline.addLast(CODEC, new SerialHttpCodec(clients.decoderConfig()));
        pipeline.addLast(AGGREGATOR, new BodyAggregator(maxBodyBytes, null, wantsBody, bodies));
        pipeline.addLast(CLIENT_FILTER, new ClientRequestFilter(clients));
        pipeline.addLast(ROUTER, router);
    }
}

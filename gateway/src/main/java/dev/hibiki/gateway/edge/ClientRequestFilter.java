package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Finds the client of each request, and passes on the requests that are allowed. Confined to its event loop; removed with
 * the other HTTP handlers. One connection of a proxy may carry requests of several clients.
 */
public final class ClientRequestFilter extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Edge edge;
    /** The address of the connection, without X-Forwarded-For; null before the first request. */
    private @Nullable InetAddress connectionAddress;
    /** Why this connection is refused; null when it is not. */
    private @Nullable Refusal refusal;

    public ClientRequestFilter(Edge edge) {
        super(false);
        this.edge = edge;
    }

    /** Answers the next request of this connection with a refusal. */
    void refuse(Refusal reason) {
        refusal = reason;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        Reply answer = answer(ctx, request);
        if (answer == null) {
            ctx.fireChannelRead(request);
            return;
        }
        try {
            answer.send(ctx, request);
        } finally {
            ReferenceCountUtil.release(request);
        }
    }

    /** Null when the request is allowed. */
    private @Nullable Reply answer(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (refusal != null) {
            return tooMany(request, refusal);
        }
        if (request.decoderResult().isFailure()) {
            return malformed(ctx, request.decoderResult().cause());
        }
        return edge.trusted().isEmpty() ? null : resolve(ctx, request);
    }

    private Reply malformed(ChannelHandlerContext ctx, Throwable cause) {
        if (Reply.isTooLarge(cause)) {
            edge.refusals().refused(ctx.channel(), Refusal.HEADER_BYTES, String.valueOf(cause.getMessage()));
        } else if (Reply.isTls(cause)) {
            edge.refusals()
                    .refused(
                            ctx.channel(),
                            Refusal.NO_TLS,
                            "TLS on a port without TLS (expected: --tls-cert-file and --tls-key-file here; or http:// and"
                                    + " ws:// in the client or proxy)");
        }
        return Reply.undecodable(cause).closing();
    }

    /** Records the address of the client, and counts the connection under it. */
    private @Nullable Reply resolve(ChannelHandlerContext ctx, FullHttpRequest request) {
        InetAddress from = connectionAddress;
        if (from == null) {
            from = ClientAddress.of(ctx.channel());
            connectionAddress = from;
        }
        InetAddress client = from;
        if (ForwardedFor.isIn(request.headers())) {
            if (!edge.trusted().contains(ClientAddress.peerOf(ctx.channel()))) {
                edge.refusals()
                        .refused(
                                ctx.channel(),
                                Refusal.FORWARDED_FOR,
                                "X-Forwarded-For from no trusted proxy; name the proxy in --trusted-proxy if it is yours");
                return Reply.error(
                        HttpResponseStatus.BAD_REQUEST,
                        "X-Forwarded-For is for the proxies of this server only (expected: a proxy that --trusted-proxy names)");
            }
            client = edge.forwardedFor().clientOf(from, request.headers());
        }
        Refusal reason = edge.connections().addressChanged(ctx.channel(), client);
        if (reason == null) {
            return null;
        }
        edge.refusals().refused(ctx.channel(), reason, edge.connections().problem(reason));
        return tooMany(request, reason);
    }

    private Reply tooMany(FullHttpRequest request, Refusal reason) {
        if (request.headers().containsValue(HttpHeaderNames.ACCEPT, Reply.EVENT_STREAM, true)
                && edge.origins().allows(request)) {
            Reply later = Refusals.retryStream();
            edge.origins().cors(request).forEach(later::header);
            return later;
        }
        boolean perAddress = reason == Refusal.ADDRESS_CONNECTIONS;
        return Reply.error(
                        perAddress ? HttpResponseStatus.TOO_MANY_REQUESTS : HttpResponseStatus.SERVICE_UNAVAILABLE,
                        edge.connections().problem(reason))
                .header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()))
                .header(HttpHeaderNames.CONNECTION, "close");
    }
}

package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whom each request of a connection is from, and passes on those that may come in. Confined to its event loop;
 * leaves with HTTP. A proxy may send requests of several clients over one connection.
 */
public final class ClientGate extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Edge entrance;
    /** What the connection came from, whatever its requests say; null before the first. */
    private @Nullable InetAddress nearest;
    /** Why this connection is one too many; null when it is not. */
    private @Nullable Refusal refusal;

    public ClientGate(Edge entrance) {
        super(false);
        this.entrance = entrance;
    }

    /** Answers the connection's next request with this, and no other. */
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

    /** Null when the request may come in. */
    private @Nullable Reply answer(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (refusal != null) {
            return tooMany(request, refusal);
        }
        if (request.decoderResult().isFailure()) {
            return malformed(ctx, request.decoderResult().cause());
        }
        return entrance.trusted().isEmpty() ? null : resolve(ctx, request);
    }

    private @Nullable Reply malformed(ChannelHandlerContext ctx, Throwable cause) {
        HttpResponseStatus status;
        if (cause instanceof TooLongHttpLineException) {
            status = HttpResponseStatus.REQUEST_URI_TOO_LONG;
        } else if (cause instanceof TooLongHttpHeaderException) {
            status = HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
        } else {
            return null; // The router says so.
        }
        entrance.refusals().refused(ctx.channel(), Refusal.HEADER_BYTES, "the request's header is too large");
        return Reply.error(status, "the request's header is too large");
    }

    /** Notes where the client is. */
    private @Nullable Reply resolve(ChannelHandlerContext ctx, FullHttpRequest request) {
        InetAddress from = nearest;
        if (from == null) {
            from = ClientAddress.of(ctx.channel());
            nearest = from;
        }
        InetAddress client = from;
        if (ForwardedFor.isIn(request.headers())) {
            if (!entrance.trusted().contains(ClientAddress.peerOf(ctx.channel()))) {
                entrance.refusals()
                        .refused(ctx.channel(), Refusal.FORWARDED_FOR, "X-Forwarded-For from no trusted proxy");
                return Reply.error(
                        HttpResponseStatus.BAD_REQUEST, "X-Forwarded-For is for the proxies of this server only");
            }
            client = entrance.forwardedFor().clientOf(from, request.headers());
        }
        Refusal reason = entrance.connections().moved(ctx.channel(), client);
        if (reason == null) {
            return null;
        }
        entrance.refusals().refused(ctx.channel(), reason, "too many connections");
        return tooMany(request, reason);
    }

    private Reply tooMany(FullHttpRequest request, Refusal reason) {
        if (request.headers().containsValue(HttpHeaderNames.ACCEPT, Reply.EVENT_STREAM, true)
                && entrance.origins().allows(request)) {
            Reply later = Refusals.laterStream();
            entrance.origins().cors(request).forEach(later::header);
            return later;
        }
        boolean ofAddress = reason == Refusal.ADDRESS_CONNECTIONS;
        return Reply.error(
                        ofAddress ? HttpResponseStatus.TOO_MANY_REQUESTS : HttpResponseStatus.SERVICE_UNAVAILABLE,
                        ofAddress ? "too many connections from this address" : "too many connections")
                .header(HttpHeaderNames.RETRY_AFTER, Integer.toString(Refusals.retryAfterSeconds()))
                .header(HttpHeaderNames.CONNECTION, "close");
    }
}

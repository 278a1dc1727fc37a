package dev.hibiki.gateway.server;

import dev.hibiki.gateway.http.ForwardedFor;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whom each request of a connection is from, and passes on those that may come in. Confined to its event loop;
 * leaves with HTTP. A proxy may send requests of several clients over one connection.
 */
final class ClientGate extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Entrance entrance;
    /** What the connection came from, whatever its requests say; null before the first. */
    private @Nullable InetAddress nearest;

    ClientGate(Entrance entrance) {
        super(false);
        this.entrance = entrance;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (entrance.trusted().isEmpty() || resolve(ctx, request)) {
            ctx.fireChannelRead(request);
        } else {
            ReferenceCountUtil.release(request);
        }
    }

    /** Notes where the client is. @return false when the request was answered instead */
    private boolean resolve(ChannelHandlerContext ctx, FullHttpRequest request) {
        InetAddress from = nearest;
        if (from == null) {
            from = ClientAddress.of(ctx.channel());
            nearest = from;
        }
        if (!ForwardedFor.isIn(request.headers())) {
            ClientAddress.tell(ctx.channel(), from);
            return true;
        }
        if (!entrance.trusted().contains(ClientAddress.peerOf(ctx.channel()))) {
            entrance.refusals().refused(ctx.channel(), Refusal.FORWARDED_FOR, "X-Forwarded-For from no trusted proxy");
            Reply.error(HttpResponseStatus.BAD_REQUEST, "X-Forwarded-For is for the proxies of this server only")
                    .send(ctx, request);
            return false;
        }
        ClientAddress.tell(ctx.channel(), entrance.forwardedFor().clientOf(from, request.headers()));
        return true;
    }
}

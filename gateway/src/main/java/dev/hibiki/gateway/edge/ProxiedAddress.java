package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Takes a trusted proxy's word for where the client is, and leaves. Confined to its event loop. */
final class ProxiedAddress extends SimpleChannelInboundHandler<HAProxyMessage> {
    private final Edge entrance;
    private boolean refused;

    ProxiedAddress(Edge entrance) {
        this.entrance = entrance;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HAProxyMessage header) {
        InetAddress source = source(header);
        if (source != null) {
            entrance.proxied(ctx.channel(), source);
        }
        ctx.pipeline().remove(this);
    }

    /** Null when the proxy speaks for itself, as in health checks, or for a client that is not on the Internet. */
    private static @Nullable InetAddress source(HAProxyMessage header) {
        String text = header.sourceAddress();
        return text == null ? null : ClientAddress.parse(text);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof DecoderException) {
            if (!refused) {
                refused = true; // Netty's decoder goes on with the rest, and fails again.
                entrance.refusals().refused(ctx.channel(), Refusal.PROXY_HEADER, "a malformed PROXY header: " + cause);
            }
            ctx.close();
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}

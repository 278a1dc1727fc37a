package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** Takes the client address from the PROXY header of a trusted proxy, and removes itself. Confined to its event loop. */
final class ProxyHeaderHandler extends SimpleChannelInboundHandler<HAProxyMessage> {
    private final Edge edge;
    private boolean refused;

    ProxyHeaderHandler(Edge edge) {
        this.edge = edge;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HAProxyMessage header) {
        InetAddress source = source(header);
        if (source != null) {
            edge.proxied(ctx.channel(), source);
        }
        ctx.pipeline().remove(this);
    }

    /** Null for a connection of the proxy itself, such as a health check, and for a client without an IP address. */
    private static @Nullable InetAddress source(HAProxyMessage header) {
        String text = header.sourceAddress();
        return text == null ? null : ClientAddress.parse(text);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof DecoderException) {
            if (!refused) {
                refused = true; // Netty's decoder continues with the rest of the bytes, and fails again.
                edge.refusals().refused(ctx.channel(), Refusal.PROXY_HEADER, "a malformed PROXY header: " + cause);
            }
            ctx.close();
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}

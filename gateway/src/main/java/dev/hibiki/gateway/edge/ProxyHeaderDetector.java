package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.ProtocolDetectionState;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import java.util.List;

/**
 * Looks at the first bytes of a connection for a header of the PROXY protocol (version 1 or 2), and is gone when it has
 * seen them. Confined to its event loop. A trusted proxy's header is read, by Netty's decoder, which leaves with it;
 * anybody else's ends the connection.
 */
public final class ProxyHeaderDetector extends ByteToMessageDecoder {
    /** Room for what proxies add to the addresses, such as the name in a client's certificate. */
    private static final int MAX_EXTENSION_BYTES = 4096;

    private final Edge entrance;

    public ProxyHeaderDetector(Edge entrance) {
        this.entrance = entrance;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        ProtocolDetectionState found = HAProxyMessageDecoder.detectProtocol(in).state();
        if (found == ProtocolDetectionState.NEEDS_MORE_DATA) {
            return;
        }
        ChannelPipeline pipeline = ctx.pipeline();
        if (found == ProtocolDetectionState.DETECTED) {
            if (!entrance.trusted().contains(ClientAddress.peerOf(ctx.channel()))) {
                in.skipBytes(in.readableBytes());
                entrance.refusals()
                        .refused(ctx.channel(), Refusal.PROXY_HEADER, "a PROXY header from no trusted proxy");
                ctx.close();
                return;
            }
            pipeline.addAfter(ctx.name(), "proxied-address", new ProxiedAddress(entrance));
            pipeline.addAfter(ctx.name(), "proxy-header", new HAProxyMessageDecoder(MAX_EXTENSION_BYTES, true));
        }
        pipeline.remove(this); // What it has read goes to the next handler.
    }
}

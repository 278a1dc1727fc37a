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
 * Looks for a PROXY protocol header (version 1 or 2) in the first bytes of a connection, then removes itself. Confined to
 * its event loop. It adds Netty's decoder to read the header of a trusted proxy. A header from any other address closes
 * the connection, also when no proxy is trusted: the log names the option that is missing, and not a malformed request.
 */
public final class ProxyHeaderDetector extends ByteToMessageDecoder {
    /** The limit for what a proxy adds to the addresses, such as the name in a client's certificate. */
    private static final int MAX_EXTENSION_BYTES = 4096;

    private final Edge edge;

    public ProxyHeaderDetector(Edge edge) {
        this.edge = edge;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        byte first = in.getByte(in.readerIndex());
        // The detection needs 12 bytes, and other requests must not wait for them.
        ProtocolDetectionState found = first == 'P' || first == '\r'
                ? HAProxyMessageDecoder.detectProtocol(in).state()
                : ProtocolDetectionState.INVALID;
        if (found == ProtocolDetectionState.NEEDS_MORE_DATA) {
            return;
        }
        ChannelPipeline pipeline = ctx.pipeline();
        if (found == ProtocolDetectionState.DETECTED) {
            if (!edge.trusted().contains(ClientAddress.peerOf(ctx.channel()))) {
                in.skipBytes(in.readableBytes());
                edge.refusals()
                        .refused(
                                ctx.channel(),
                                Refusal.PROXY_HEADER,
                                "a PROXY header from no trusted proxy; name the proxy in --trusted-proxy if it is yours");
                ctx.close();
                return;
            }
            pipeline.addAfter(ctx.name(), "proxied-address", new ProxyHeaderHandler(edge));
            pipeline.addAfter(ctx.name(), "proxy-header", new HAProxyMessageDecoder(MAX_EXTENSION_BYTES, true));
        }
        pipeline.remove(this); // Passes the bytes that it has read to the next handler.
    }
}

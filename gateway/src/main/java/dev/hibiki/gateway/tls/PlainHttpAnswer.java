package dev.hibiki.gateway.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * Stands before TLS until the first bytes have come: whoever speaks HTTP there is told, in HTTP, that it must be HTTPS, and
 * TLS gets to see only what may be TLS. Shared by all connections.
 */
@ChannelHandler.Sharable
final class PlainHttpAnswer extends ChannelInboundHandlerAdapter {
    private static final String BODY = "{\"error\":\"this port speaks TLS (expected: https:// or wss:// here)\"}\n";
    private static final String ANSWER = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n"
            + "Content-Length: " + BODY.length() + "\r\nConnection: close\r\n\r\n" + BODY;

    private final TlsFailures failures;

    PlainHttpAnswer(TlsFailures failures) {
        this.failures = failures;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes && bytes.isReadable()) {
            byte first = bytes.getByte(bytes.readerIndex());
            if (first >= 'A' && first <= 'Z') { // A method; a record of TLS begins with 22 or, of SSL 2, 128.
                bytes.release();
                answer(ctx);
                return;
            }
            ctx.pipeline().remove(this);
        }
        ctx.fireChannelRead(message);
    }

    private void answer(ChannelHandlerContext ctx) {
        if (ctx.pipeline().get(SslHandler.class) == null) {
            return; // Answered before.
        }
        failures.failed(ctx.channel(), "plain_http", "a request in plain HTTP");
        ctx.pipeline().remove(failures);
        ctx.pipeline().remove(SslHandler.class);
        ctx.channel().config().setAutoRead(false); // Nothing else of it is of interest, nor is it for who comes behind.
        ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), ANSWER)).addListener(ChannelFutureListener.CLOSE);
    }
}

package dev.hibiki.gateway.tls;

import dev.hibiki.gateway.http.HttpDate;
import dev.hibiki.gateway.http.LingeringClose;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;

/**
 * Looks at the first bytes of a connection, before the TLS handler. A client that speaks plain HTTP gets an answer in HTTP
 * that says to use HTTPS. Everything else goes on to TLS, and this handler removes itself. Stateless, shared by all
 * connections; each call is on the connection's event loop.
 */
@ChannelHandler.Sharable
final class PlainHttpAnswer extends ChannelInboundHandlerAdapter {
    private static final String BODY = "{\"error\":\"this port speaks TLS (expected: https:// or wss:// here)\"}\n";
    private static final String ANSWER = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json; charset=utf-8\r\n"
            + "Content-Length: " + BODY.length() + "\r\nConnection: close\r\nDate: ";

    private final TlsFailures failures;

    PlainHttpAnswer(TlsFailures failures) {
        this.failures = failures;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes && bytes.isReadable()) {
            byte first = bytes.getByte(bytes.readerIndex());
            if (first >= 'A'
                    && first <= 'Z') { // An HTTP method. A TLS record begins with 22, an SSL 2 record with 128.
                bytes.release();
                answer(ctx);
                return;
            }
            ctx.pipeline().remove(this);
        }
        ctx.fireChannelRead(message);
    }

    private void answer(ChannelHandlerContext ctx) {
        failures.failed(ctx.channel(), "plain_http", "a request in plain HTTP");
        ctx.pipeline().remove(failures);
        ctx.pipeline().remove(SslHandler.class);
        String answer = ANSWER + HttpDate.now() + "\r\n\r\n" + BODY;
        LingeringClose.after(ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), answer)));
    }
}

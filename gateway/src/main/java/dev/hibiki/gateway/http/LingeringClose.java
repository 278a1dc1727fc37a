package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection so that the client can read the last answer (RFC 9112, section 9.6). When a socket is closed while
 * the client still sends, the kernel resets it, and the client may lose an answer that it has not read yet. So the output
 * ends first. What still comes is dropped, until the client closes too, for at most {@value #MAX_MS} ms and
 * {@value #MAX_BYTES} bytes. Then the socket is closed.
 *
 * <p>Confined to its event loop. As the first handler of the pipeline it drops the bytes before any other handler can read
 * them, also before they are decrypted.
 */
public final class LingeringClose extends ChannelInboundHandlerAdapter {
    static final int MAX_MS = 2_000;
    static final int MAX_BYTES = 1 << 20;

    private long dropped;
    private @Nullable Future<?> timeout;

    private LingeringClose() {}

    /**
     * Closes the connection of the last answer when that answer is sent. From now on nothing that comes is read. The time
     * begins when the answer is sent; whoever waits for that must bound it.
     *
     * @param answer the write of the last answer
     */
    public static void after(ChannelFuture answer) {
        Channel channel = answer.channel();
        LingeringClose linger = new LingeringClose();
        channel.pipeline().addFirst(linger);
        ChannelHandlerContext first = channel.pipeline().context(linger);
        channel.config().setAutoRead(true);
        answer.addListener(sent -> {
            if (sent.isSuccess() && channel instanceof DuplexChannel socket) {
                linger.linger(first, socket);
            } else {
                channel.close();
            }
        });
    }

    /** Ends the output, after the last words of TLS. The peer still gets all that was written before. */
    public static void endOutput(DuplexChannel socket) {
        SslHandler tls = socket.pipeline().get(SslHandler.class);
        if (tls == null) {
            socket.shutdownOutput();
        } else {
            tls.closeOutbound().addListener(notified -> socket.shutdownOutput());
        }
    }

    private void linger(ChannelHandlerContext first, DuplexChannel socket) {
        endOutput(socket);
        timeout = first.executor().schedule(() -> first.close(), MAX_MS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            dropped += bytes.readableBytes();
        }
        ReferenceCountUtil.release(message);
        if (dropped > MAX_BYTES) {
            ctx.close(); // Without the TLS handler, which would wait for its own last words.
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (timeout != null) {
            timeout.cancel(false);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // The client is gone.
    }
}

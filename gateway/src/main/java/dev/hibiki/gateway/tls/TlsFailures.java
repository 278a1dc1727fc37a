package dev.hibiki.gateway.tls;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Waits behind the TLS handler for the end of the handshake. After a success it removes itself. After a failure it counts
 * and logs the reason; the TLS handler closes the connection. Thread-safe, shared by all connections.
 */
@ChannelHandler.Sharable
final class TlsFailures extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(TlsFailures.class);
    private static final String CLOSED = "closed";

    private final GatewayMetrics metrics;
    private final RateLimitedLog limited = new RateLimitedLog(log);

    TlsFailures(GatewayMetrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
            ctx.fireUserEventTriggered(event);
        } else if (handshake.isSuccess()) {
            ctx.pipeline().remove(this);
        } else {
            Throwable cause = handshake.cause();
            failed(ctx.channel(), kind(cause), String.valueOf(cause.getMessage()));
        }
    }

    /** Counts and logs a failure. */
    void failed(Channel channel, String kind, String reason) {
        metrics.tlsFailed(kind);
        // Health checks connect and close often.
        ConnectionFields.add(kind.equals(CLOSED) ? log.atDebug() : limited.at(Level.INFO), channel)
                .addKeyValue("kind", kind)
                .addKeyValue("reason", reason)
                .log("TLS handshake failed");
    }

    /** The kind of a failure. The TLS engines distinguish failures only by their message. */
    static String kind(Throwable cause) {
        if (cause instanceof SslHandshakeTimeoutException) {
            return "timeout";
        }
        if (cause instanceof NotSslRecordException) {
            return "not_tls";
        }
        if (cause instanceof ClosedChannelException) {
            return CLOSED;
        }
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("alert")) {
            return "alert";
        }
        // BoringSSL's encryption ("Cipher functions") fails on damaged records. It calls a client without curves
        // WRONG_CURVE.
        if ((text.contains("cipher") && !text.contains("cipher functions")) || text.contains("wrong_curve")) {
            return "cipher";
        }
        return text.contains("protocol") || text.contains("version") ? "version" : "other";
    }

    /** The exception of a failed handshake, which {@link #userEventTriggered} has already counted and logged. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("TLS handshake failed", cause);
        ctx.close();
    }
}

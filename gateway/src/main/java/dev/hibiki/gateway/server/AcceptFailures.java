package dev.hibiki.gateway.server;

import dev.hibiki.gateway.runtime.FailureReason;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handler of a listening socket that takes the failures to accept a connection, such as too many open files. After a
 * failure nothing is accepted for {@value #PAUSE_MS} ms, since the next attempt would fail as well; clients wait in the
 * backlog of the kernel meanwhile. Confined to the event loop of the socket, except {@link #trouble}.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(AcceptFailures.class);
    private static final int PAUSE_MS = 1_000;
    /** The port is well again when nothing has failed for this time. */
    private static final long CALM_NS = TimeUnit.SECONDS.toNanos(3);

    private final String address;
    private long beganNs;
    private long failedNs;
    private volatile @Nullable String trouble;

    /** @param address for the log */
    AcceptFailures(String address) {
        this.address = address;
    }

    /** Returns why connections cannot be accepted; null when they can. Any thread. */
    @Nullable String trouble() {
        return trouble;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failedNs = ctx.executor().ticker().nanoTime();
        if (ctx.channel().config().isAutoRead()) {
            ctx.executor().schedule(() -> tryAgain(ctx), PAUSE_MS, TimeUnit.MILLISECONDS);
            ctx.channel().config().setAutoRead(false); // Not before: there may be no memory for the timer.
        }
        if (trouble == null) {
            beganNs = failedNs;
            String reason = reason(cause);
            trouble = "cannot accept connections on " + address + ": " + reason;
            log.warn("Cannot accept connections on {}: {}. Trying again every second", address, reason);
        }
        log.debug("Failed to accept on {}", address, cause);
    }

    private void tryAgain(ChannelHandlerContext ctx) {
        if (!ctx.channel().isOpen()) {
            return;
        }
        ctx.channel().config().setAutoRead(true);
        ctx.executor().schedule(() -> lookAgain(ctx), CALM_NS, TimeUnit.NANOSECONDS);
    }

    private void lookAgain(ChannelHandlerContext ctx) {
        long nowNs = ctx.executor().ticker().nanoTime();
        if (trouble != null && nowNs - failedNs >= CALM_NS) {
            trouble = null;
            log.info(
                    "Accepting connections on {} again, after {} s",
                    address,
                    TimeUnit.NANOSECONDS.toSeconds(failedNs - beganNs) + 1);
        }
    }

    private static String reason(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return message.endsWith("Too many open files")
                ? "too many open files; raise the limit (ulimit -n, or LimitNOFILE of systemd), or lower --max-connections"
                : FailureReason.of(cause);
    }
}

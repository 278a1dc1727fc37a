package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.FailureReason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client of the {@link DeliveryCanary} for one event loop. It uses one connection after another. Confined to the admin
 * loop, except {@link #failingMs}, {@link #hasWorked} and {@link #trouble}.
 *
 * <p>The loop begins each connection with a ping; after the ping every event must arrive. A missing event is a failure, and
 * so is the end of a connection. The failure lasts until an event arrives again.
 */
final class CanaryClient {
    private static final Logger log = LoggerFactory.getLogger(CanaryClient.class);
    /** An event that takes longer than this is missing; no pause of a healthy loop is so long. */
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    private static final WebSocketDecoderConfig FRAMES = WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(false)
            .allowExtensions(false)
            .build();

    private final int loop;
    private final Dialer dialer;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;

    private @Nullable Channel connection;
    private boolean greeted;
    private boolean waiting;
    private long waitingSinceNs;
    private String expectedText = "";
    private long startedNs;

    private volatile boolean closed;
    private volatile @Nullable Long failingSinceNs;
    private volatile boolean worked;
    private volatile @Nullable String trouble;

    /** Opens a connection whose other end is on the event loop. */
    interface Dialer {
        /**
         * Returns at once.
         *
         * @param handler the handler of the near end
         * @param failed receives the cause when the connection fails, on any thread
         * @return the near end; it is closed when the connection fails
         */
        Channel dial(ChannelHandler handler, Consumer<Throwable> failed);
    }

    CanaryClient(int loop, Dialer dialer, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.loop = loop;
        this.dialer = dialer;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
    }

    /** Connects if there is no connection; otherwise checks whether the ping or the event is late. */
    void tick() {
        long now = nanoClock.getAsLong();
        if (connection == null) {
            connect(now);
        } else if (waiting && now - waitingSinceNs > TIMEOUT_NS && (greeted || failingSinceNs == null)) {
            fail(waitingSinceNs);
            if (greeted) {
                connection.close();
            } // Otherwise the loop has not accepted yet, and a second connection would only wait beside this one.
        }
    }

    private void connect(long now) {
        waitingSinceNs = now;
        waiting = true;
        Channel dialled = dialer.dial(new Pipeline(), failure -> {
            if (closed) {
                return;
            }
            if (trouble == null) {
                metrics.canaryFailed("connect");
                log.warn("Cannot check the deliveries of event loop {}: {}", loop, FailureReason.of(failure));
            }
            trouble = "deliveries of event loop " + loop + " cannot be checked: " + FailureReason.of(failure);
        });
        connection = dialled;
        dialled.closeFuture().addListener(closed -> ended(dialled));
    }

    private void ended(Channel closed) {
        if (closed != connection) {
            return;
        }
        if (greeted && failingSinceNs == null) {
            fail(nanoClock.getAsLong());
        }
        connection = null;
        greeted = false;
        waiting = false;
    }

    private void fail(long sinceNs) {
        metrics.canaryFailed("delivery");
        if (failingSinceNs == null) {
            failingSinceNs = sinceNs;
            log.warn("Event loop {} delivers nothing: a canary did not arrive", loop);
        }
    }

    /**
     * Expects an event, which the caller publishes next.
     *
     * @param sinceNs when the event began its way, for the round trip time
     */
    void expect(String text, long sinceNs) {
        if (greeted) {
            expectedText = text;
            startedNs = sinceNs;
            waitingSinceNs = nanoClock.getAsLong();
            waiting = true;
        }
    }

    /** Takes back {@link #expect}: there was no memory to publish the event. This is no failure of the loop. */
    void expectNothing() {
        if (greeted) {
            waiting = false;
        }
    }

    /** True while an event is on its way. */
    boolean isExpecting() {
        return greeted && waiting;
    }

    /** True when only another event can show that the failure is over. */
    boolean needsProof() {
        return greeted && !waiting && failingSinceNs != null;
    }

    /** For how long the loop has failed to deliver; negative when it has not failed. Any thread. */
    long failingMs() {
        Long since = failingSinceNs;
        return since == null ? -1 : TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - since);
    }

    /** True when an event has arrived at least once. Any thread. */
    boolean hasWorked() {
        return worked;
    }

    /** Says why the canary cannot test this loop; null when it can. Any thread. */
    @Nullable String trouble() {
        return trouble;
    }

    /** Closes the connection. Failures after that are not reported. */
    void close() {
        closed = true;
        Channel open = connection;
        connection = null;
        if (open != null) {
            open.close();
        }
    }

    private void onFrame(WebSocketFrame frame) {
        if (frame instanceof PingWebSocketFrame) {
            greeted = true;
            waiting = false;
            trouble = null;
        } else if (waiting
                && frame instanceof TextWebSocketFrame event
                && event.text().equals(expectedText)) {
            waiting = false;
            worked = true;
            metrics.canaryReturned("delivery", nanoClock.getAsLong() - startedNs);
            if (failingSinceNs != null) {
                failingSinceNs = null;
                log.info("Event loop {} delivers again", loop);
            }
        }
    }

    private final class Pipeline extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new WebSocket13FrameDecoder(FRAMES), new Frames());
        }
    }

    private final class Frames extends SimpleChannelInboundHandler<WebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
            if (ctx.channel() == connection) {
                onFrame(frame);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.debug("The canary's connection failed", cause);
            ctx.close();
        }
    }
}

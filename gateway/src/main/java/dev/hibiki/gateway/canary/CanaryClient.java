package dev.hibiki.gateway.canary;

import dev.hibiki.gateway.metrics.GatewayMetrics;
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
 * The {@link DeliveryCanary}'s client on one event loop, over one connection after another. Confined to the admin loop, but
 * for {@link #failingMs}, {@link #hasWorked} and {@link #trouble}.
 *
 * <p>A connection begins with a ping of the loop; from there on every event must arrive. One that does not, and a connection
 * that ends, is a failure until an event has arrived again.
 */
final class CanaryClient {
    private static final Logger log = LoggerFactory.getLogger(CanaryClient.class);
    /** More than any pause that is none. */
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
    private String awaited = "";
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
         * @param failed told, on any thread, why there is no connection
         * @return our end, which is closed when there is none
         */
        Channel dial(ChannelHandler handler, Consumer<Throwable> failed);
    }

    CanaryClient(int loop, Dialer dialer, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.loop = loop;
        this.dialer = dialer;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
    }

    /** Looks whether what is waited for is late, and connects where there is no connection. */
    void tick() {
        long now = nanoClock.getAsLong();
        if (connection == null) {
            connect(now);
        } else if (waiting && now - waitingSinceNs > TIMEOUT_NS && (greeted || failingSinceNs == null)) {
            fail(waitingSinceNs);
            if (greeted) {
                connection.close();
            } // Else it is the loop's turn to accept, and another connection would only wait beside this one.
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
                log.warn("Deliveries of event loop {} are not tried out: {}", loop, failure.toString());
            }
            trouble = "deliveries of event loop " + loop + " cannot be tried out: " + failure;
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
            log.warn("Event loop {} delivers nothing: the canary has not come out of it", loop);
        }
    }

    /** An event with this text is about to be published, and began on its way at that time. */
    void expect(String text, long sinceNs) {
        if (greeted) {
            awaited = text;
            startedNs = sinceNs;
            waitingSinceNs = nanoClock.getAsLong();
            waiting = true;
        }
    }

    /** True while an event is expected. */
    boolean isExpecting() {
        return greeted && waiting;
    }

    /** True when an event would show that the failure is over. */
    boolean wantsProof() {
        return greeted && !waiting && failingSinceNs != null;
    }

    /** For how long nothing has come out of the loop, though it should have; negative when all is well. Any thread. */
    long failingMs() {
        Long since = failingSinceNs;
        return since == null ? -1 : TimeUnit.NANOSECONDS.toMillis(nanoClock.getAsLong() - since);
    }

    /** Whether an event has ever come out of it. Any thread. */
    boolean hasWorked() {
        return worked;
    }

    /** Why this loop cannot be tried out; null when it can. Any thread. */
    @Nullable String trouble() {
        return trouble;
    }

    /** Ends it; what fails from then on fails because of that. */
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
                && event.text().equals(awaited)) {
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

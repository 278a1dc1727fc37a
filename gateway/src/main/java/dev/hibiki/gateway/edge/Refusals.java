package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Counts who is refused, and logs a few of them. Thread-safe. */
public final class Refusals {
    /** The label that a proxy gives a connection. */
    public static final String REGION_HEADER = "x-region";

    /** When those may try again who are refused for a while. */
    public static final int MIN_RETRY_SECONDS = 1;

    public static final int MAX_RETRY_SECONDS = 10;

    private static final Set<Refusal> LOGGED_BY_ADMISSION =
            Set.of(Refusal.ADDRESS_HANDSHAKES, Refusal.USER_SESSIONS, Refusal.HANDSHAKE_RATE);

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    private final RateLimitedLog atTheEdge = new RateLimitedLog(log, System::nanoTime);
    private final Map<Integer, RateLimitedLog> byStatus = new ConcurrentHashMap<>();
    private final GatewayMetrics metrics;

    public Refusals(GatewayMetrics metrics) {
        this.metrics = metrics;
    }

    /** In how many seconds somebody may try again: not all of them at once. */
    public static int retryAfterSeconds() {
        return ThreadLocalRandom.current().nextInt(MIN_RETRY_SECONDS, MAX_RETRY_SECONDS + 1);
    }

    /**
     * For whoever asks for an event stream and may come in a moment: a stream that ends at once and says when, in one to ten
     * seconds. After a 429 or 503, which is what it means, a browser's EventSource would never try again (WHATWG HTML,
     * section 9.2.3).
     */
    public static Reply laterStream() {
        String stream = "retry: " + 1_000 * retryAfterSeconds() + "\n\n";
        return Reply.of(HttpResponseStatus.OK, Reply.EVENT_STREAM, stream.getBytes(StandardCharsets.US_ASCII))
                .header(HttpHeaderNames.CONNECTION, "close");
    }

    /** Counts what happens to harmless clients too. */
    public void refused(Refusal reason) {
        metrics.refused(reason.label());
    }

    /** @param what in words for the operator */
    public void refused(Channel channel, Refusal reason, String what) {
        metrics.refused(reason.label());
        ConnectionFields.add(atTheEdge.at(Level.WARN), channel)
                .addKeyValue("reason", reason.label())
                .addKeyValue("detail", ConnectionFields.beginning(what))
                .log("Refused");
    }

    /** A handshake that is answered by its status; what the edge has refused was logged by it. */
    public void refused(ChannelHandlerContext ctx, HttpRequest request, RefusedException refused) {
        refused(ctx, request, refused, refused.reply().status().code());
    }

    /** @param status what it counts under */
    public void refused(ChannelHandlerContext ctx, HttpRequest request, RefusedException refused, int status) {
        metrics.handshake(status);
        if (LOGGED_BY_ADMISSION.contains(refused.refusal())) {
            return;
        }
        if (refused.refusal().isLimit()) {
            metrics.refused(refused.refusal().label());
        }
        LoggingEventBuilder line = byStatus.computeIfAbsent(status, any -> new RateLimitedLog(log, System::nanoTime))
                .at(Level.INFO);
        line = ConnectionFields.add(line, ctx.channel());
        line = header(line, "region", request, REGION_HEADER);
        line = header(line, "origin", request, HttpHeaderNames.ORIGIN);
        line = header(line, "user_agent", request, HttpHeaderNames.USER_AGENT);
        line.addKeyValue("status", status)
                .addKeyValue("reason", ConnectionFields.beginning(refused.getMessage()))
                .log("Refused");
    }

    private static LoggingEventBuilder header(
            LoggingEventBuilder line, String field, HttpRequest request, CharSequence name) {
        String value = request.headers().get(name);
        return value == null ? line : line.addKeyValue(field, ConnectionFields.beginning(value));
    }
}

package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.ClientAddress;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Counts all refusals, and logs them with a rate limit. Thread-safe. */
public final class Refusals {
    /** The header with the region label, which a proxy sets. */
    public static final String REGION_HEADER = "x-region";

    /** A client that is refused for a while is told to try again after a random time between these two. */
    public static final int MIN_RETRY_SECONDS = 1;

    public static final int MAX_RETRY_SECONDS = 10;

    private static final Set<Refusal> LOGGED_BY_ADMISSION = Set.of(
            Refusal.ADDRESS_HANDSHAKES,
            Refusal.LOG_MEMORY,
            Refusal.HEAP,
            Refusal.USER_SESSIONS,
            Refusal.HANDSHAKE_RATE);

    private static final Logger log = LoggerFactory.getLogger(Refusals.class);

    /** Each reason has a limit of its own, so that a flood of one does not hide the others. */
    private final Map<Refusal, RateLimitedLog> edgeLogs = new ConcurrentHashMap<>();

    private final Map<Integer, RateLimitedLog> logByStatus = new ConcurrentHashMap<>();
    private final GatewayMetrics metrics;

    public Refusals(GatewayMetrics metrics) {
        this.metrics = metrics;
    }

    GatewayMetrics metrics() {
        return metrics;
    }

    /** A random time, so that refused clients do not return all at once. */
    public static int retryAfterSeconds() {
        return ThreadLocalRandom.current().nextInt(MIN_RETRY_SECONDS, MAX_RETRY_SECONDS + 1);
    }

    /**
     * The answer to a client of Server-Sent Events that may try again soon: a stream that ends at once, with the time to
     * wait. A status of 429 or 503 would say the same, but after it a browser's EventSource never tries again (WHATWG
     * HTML, section 9.2.3).
     */
    public static Reply retryStream() {
        return Reply.eventStream("retry: " + 1_000 * retryAfterSeconds() + "\n\n")
                .header(HttpHeaderNames.CONNECTION, "close");
    }

    /** Counts a refusal without a log line, since it also happens to harmless clients. */
    public void refused(Refusal reason) {
        metrics.refused(reason.label());
    }

    /**
     * Counts and logs a refusal at the edge.
     *
     * @param what what has happened, in words for the operator
     */
    public void refused(Channel channel, Refusal reason, String what) {
        metrics.refused(reason.label());
        RateLimitedLog limited = edgeLogs.computeIfAbsent(reason, any -> new RateLimitedLog(log));
        LoggingEventBuilder line = ConnectionFields.add(limited.at(Level.WARN), channel)
                .addKeyValue("reason", reason.label())
                .addKeyValue("detail", ConnectionFields.reason(what));
        option(line, reason).log("Refused");
    }

    /**
     * Counts and logs a page that asks for a file, and that its browser does not let have it because its origin is not
     * allowed. Pages and programs that send no origin get the same answer, so that it is no error.
     */
    public void hiddenByBrowser(ChannelHandlerContext ctx, HttpRequest request, String path) {
        metrics.refused(Refusal.ORIGIN.label());
        RateLimitedLog limited = edgeLogs.computeIfAbsent(Refusal.ORIGIN, any -> new RateLimitedLog(log));
        client(limited.at(Level.INFO), ctx, request)
                .addKeyValue(
                        "reason",
                        "the browser hides " + path
                                + " from pages of this origin (expected: an Origin that --allowed-origin lists)")
                .log("Refused");
    }

    /** Counts and logs a refused handshake, under the status of its reply. */
    public void refused(ChannelHandlerContext ctx, HttpRequest request, RefusedException refused) {
        refused(ctx, request, refused, refused.reply().status().code());
    }

    /**
     * Counts and logs a refused handshake. Refusals of {@link Admission} are already counted as such and logged.
     *
     * @param status the status that the metric counts it under
     */
    public void refused(ChannelHandlerContext ctx, HttpRequest request, RefusedException refused, int status) {
        metrics.handshake(status);
        if (LOGGED_BY_ADMISSION.contains(refused.refusal())) {
            return;
        }
        if (refused.refusal().isLimit()) {
            metrics.refused(refused.refusal().label());
        }
        LoggingEventBuilder line = logByStatus
                .computeIfAbsent(status, any -> new RateLimitedLog(log))
                .at(refused.refusal() == Refusal.UPGRADE_REMOVED ? Level.WARN : Level.INFO);
        line = client(line, ctx, request)
                .addKeyValue("status", status)
                .addKeyValue("reason", ConnectionFields.reason(refused.getMessage()));
        option(line, refused.refusal()).log("Refused");
    }

    /** Adds the option that an operator can change, where there is one. */
    private static LoggingEventBuilder option(LoggingEventBuilder line, Refusal reason) {
        return reason.option() == null ? line : line.addKeyValue("option", reason.option());
    }

    private static LoggingEventBuilder client(
            LoggingEventBuilder line, ChannelHandlerContext ctx, HttpRequest request) {
        LoggingEventBuilder known = proxy(ConnectionFields.add(line, ctx.channel()), ctx.channel());
        known = header(known, "region", request, REGION_HEADER);
        known = header(known, "origin", request, HttpHeaderNames.ORIGIN);
        return header(known, "user_agent", request, HttpHeaderNames.USER_AGENT);
    }

    /** Adds the proxy whose request this is, where it is known to be one. */
    private static LoggingEventBuilder proxy(LoggingEventBuilder line, Channel channel) {
        InetAddress peer = ClientAddress.peerOf(channel);
        return peer.equals(ClientAddress.of(channel)) ? line : line.addKeyValue("proxy", NetUtil.toAddressString(peer));
    }

    private static LoggingEventBuilder header(
            LoggingEventBuilder line, String field, HttpRequest request, CharSequence name) {
        String value = request.headers().get(name);
        return value == null ? line : line.addKeyValue(field, ConnectionFields.truncate(value));
    }
}

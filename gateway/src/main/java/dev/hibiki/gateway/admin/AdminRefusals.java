package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Counts the requests that are refused on the admin port, and logs a few of them. Thread-safe. */
public final class AdminRefusals {
    private final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(AdminRefusals.class));
    /** Each reason has a limit of its own, so that a flood of one does not hide the others. */
    private final Map<String, RateLimitedLog> publications = new ConcurrentHashMap<>();

    private final GatewayMetrics metrics;

    enum Reason {
        /** The {@code Host} is not one of ours. */
        HOST,
        /** The request comes from a page of another origin. */
        PAGE,
        /** The key is missing or wrong. */
        KEY
    }

    public AdminRefusals(GatewayMetrics metrics) {
        this.metrics = metrics;
        for (Reason reason : Reason.values()) {
            metrics.adminRefusals(label(reason)); // Shown at zero, so that an alert sees the first one.
        }
    }

    /** @param detail in words for the operator; never a key */
    void refused(Channel channel, Reason reason, HttpRequest request, String detail) {
        metrics.adminRefusals(label(reason)).increment();
        ConnectionFields.add(log.at(Level.INFO), channel)
                .addKeyValue("reason", label(reason))
                .addKeyValue("request", ConnectionFields.request(request))
                .addKeyValue("detail", ConnectionFields.reason(detail))
                .log("Refused on the admin port");
    }

    /**
     * Logs a request to publish that was refused for what it asks.
     *
     * @param code the reason, one of a few
     * @param key where the key of the publisher is configured; null without one
     */
    void refusedPublication(
            Channel channel, String code, @Nullable String key, String target, int status, String reason) {
        RateLimitedLog limited = publications.computeIfAbsent(
                code, any -> new RateLimitedLog(LoggerFactory.getLogger(AdminRefusals.class)));
        LoggingEventBuilder line = ConnectionFields.add(limited.at(Level.WARN), channel);
        line = key == null ? line : line.addKeyValue("key", key);
        line.addKeyValue("channel", ConnectionFields.truncate(target))
                .addKeyValue("status", status)
                .addKeyValue("reason", ConnectionFields.reason(reason))
                .log("Refused to publish");
    }

    private static String label(Reason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}

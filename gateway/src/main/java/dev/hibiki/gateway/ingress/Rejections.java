package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.event.RejectedEventException;
import dev.hibiki.gateway.event.Rejection;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Counts the payloads of a source that are no events, and logs them with a rate limit. Thread-safe. */
final class Rejections {
    private static final int EXCERPT_CHARS = 200;

    private final GatewayMetrics metrics;
    /** Each reason has a limit of its own, so that a flood of one does not hide the others. */
    private final Map<Rejection, RateLimitedLog> logs = new EnumMap<>(Rejection.class);

    Rejections(GatewayMetrics metrics, LongSupplier nanoClock) {
        this.metrics = metrics;
        for (Rejection reason : Rejection.values()) {
            logs.put(reason, new RateLimitedLog(LoggerFactory.getLogger(Ingest.class), nanoClock));
        }
    }

    /**
     * @param entry the configured channel or pattern
     * @param payload as published; borrowed
     * @param came the id with which the payload came; null for none
     */
    void rejected(String entry, String channel, RejectedEventException why, byte[] payload, @Nullable String came) {
        String where = came == null ? "" : "entry " + came + ": ";
        reject(entry, channel, why.rejection(), () -> where + why.getMessage() + "; it begins: " + excerpt(payload));
    }

    /** @param limit the most bytes that the source lets through */
    void tooLarge(String entry, String channel, int limit) {
        String detail = "it is larger than " + limit + " bytes: publish smaller events, or raise --max-event-bytes";
        reject(entry, channel, Rejection.TOO_LARGE, () -> detail);
    }

    /** @param detail asked only when the line is written */
    private void reject(String entry, String channel, Rejection reason, Supplier<String> detail) {
        metrics.rejected(entry, reason.label());
        Objects.requireNonNull(logs.get(reason))
                .at(Level.WARN)
                .addArgument(channel)
                .addArgument(reason.label())
                .addArgument(detail)
                .log("Rejected an event on {}: {}: {}");
    }

    private static String excerpt(byte[] payload) {
        int bytes = Math.min(payload.length, 4 * EXCERPT_CHARS);
        String oneLine = new String(payload, 0, bytes, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ");
        return oneLine.substring(0, Math.min(oneLine.length(), EXCERPT_CHARS));
    }
}

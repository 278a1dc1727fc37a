package dev.hibiki.gateway.http;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.Channel;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Counts who is refused at the edge, and logs a few of them. Thread-safe. */
public final class Refusals {
    /** When those may try again who are refused for a while. */
    public static final int MIN_RETRY_SECONDS = 1;

    public static final int MAX_RETRY_SECONDS = 10;

    private final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(Refusals.class), System::nanoTime);
    private final GatewayMetrics metrics;

    public Refusals(GatewayMetrics metrics) {
        this.metrics = metrics;
    }

    /** In how many seconds somebody may try again: not all of them at once. */
    public static int retryAfterSeconds() {
        return ThreadLocalRandom.current().nextInt(MIN_RETRY_SECONDS, MAX_RETRY_SECONDS + 1);
    }

    /** Counts what happens to harmless clients too. */
    public void refused(Refusal reason) {
        metrics.refused(reason);
    }

    /** @param what in words for the operator */
    public void refused(Channel channel, Refusal reason, String what) {
        metrics.refused(reason);
        ConnectionFields.add(log.at(Level.WARN), channel)
                .addKeyValue("reason", reason.label())
                .addKeyValue("detail", ConnectionFields.beginning(what))
                .log("Refused");
    }
}

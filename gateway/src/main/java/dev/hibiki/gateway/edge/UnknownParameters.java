package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.Channel;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Counts the parameters in the queries of clients that mean nothing here, and logs those that look like a known one. Nobody is refused
 * for them: pages and proxies add parameters of their own. Thread-safe.
 */
final class UnknownParameters {
    private static final String REGION = "region";
    private static final List<String> KNOWN = List.of(REGION, "channel", "last_id", "lastEventId");
    private static final String TOKEN = "token";
    private static final String OTHER = "other";
    /** A client may send hundreds. These are compared with the known names; the others are only counted. */
    private static final int MAX_COMPARED = 8;

    private final RateLimitedLog log = new RateLimitedLog(LoggerFactory.getLogger(UnknownParameters.class));
    private final GatewayMetrics metrics;
    private final List<String> names;

    /** @param tokenInQuery whether the parameter {@code token} means something */
    UnknownParameters(GatewayMetrics metrics, boolean tokenInQuery) {
        this.metrics = metrics;
        this.names = Stream.concat(KNOWN.stream(), tokenInQuery ? Stream.of(TOKEN) : Stream.empty())
                .toList();
        names.forEach(metrics::unknownParameters); // Shown at zero, so that an alert sees the first one.
        metrics.unknownParameters(OTHER);
    }

    /** Looks at the query of a client that is let in. */
    void check(Channel channel, StreamQuery query) {
        int compared = 0;
        int others = 0;
        for (String name : query.names()) {
            if (names.contains(name)) {
                continue;
            }
            boolean isComparable = name.indexOf('%') < 0; // The others could not be decoded.
            String meant = isComparable && compared++ < MAX_COMPARED ? NearestName.of(name, names) : null;
            if (meant == null) {
                others++;
                continue;
            }
            metrics.unknownParameters(meant).increment();
            ConnectionFields.add(log.at(Level.WARN), channel)
                    .addKeyValue("parameter", ConnectionFields.truncate(name))
                    .addKeyValue("meant", meant)
                    .log("A client sent an unknown parameter, which has no effect");
        }
        if (others > 0) {
            metrics.unknownParameters(OTHER).increment(others);
        }
        if (query.hasList(REGION)) {
            metrics.unknownParameters(REGION).increment();
            ConnectionFields.add(log.at(Level.WARN), channel)
                    .addKeyValue("parameter", REGION)
                    .log(
                            "A client sent a region with a comma, which is one name (expected: region=JP&region=KR for two)");
        }
    }
}

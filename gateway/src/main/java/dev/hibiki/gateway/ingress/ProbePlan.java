package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * How the way through Redis is tried out.
 *
 * @param instance what tells this gateway's canaries from those of others
 * @param intervalMs 0 for never
 * @param next told when one has come back, by {@link System#nanoTime}: from there on its way leads to clients
 */
public record ProbePlan(String instance, int intervalMs, GatewayMetrics metrics, LongConsumer next) {
    public static final String PREFIX = "hibiki:canary:";

    public static ProbePlan every(int intervalMs, GatewayMetrics metrics, LongConsumer next) {
        return new ProbePlan(UUID.randomUUID().toString(), intervalMs, metrics, next);
    }

    /**
     * A channel or key of this gateway's own; in a cluster, of the same slot as the anchor (Redis Cluster specification, hash
     * tags), but for an anchor with a closing brace and no tag: of its slot nothing else can be named.
     */
    public String nameBeside(String anchor) {
        int opening = anchor.indexOf('{');
        int closing = anchor.indexOf('}', opening + 1);
        String tag = opening >= 0 && closing > opening + 1 ? anchor.substring(opening + 1, closing) : anchor;
        return PREFIX + instance + ":{" + tag + '}';
    }
}

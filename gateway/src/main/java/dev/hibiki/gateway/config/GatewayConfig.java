package dev.hibiki.gateway.config;

import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.TransportChoice;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything the operator chose, checked. {@link Setting} says what each of these means. Immutable.
 *
 * @param source makes the source of events
 * @param channels at least one
 * @param tls null where clients connect without
 */
public record GatewayConfig(
        SourceFactory source,
        List<String> channels,
        List<String> allowedOrigins,
        String routingField,
        String defaultRegion,
        Listen listen,
        Listen admin,
        TransportChoice transport,
        int eventLoops,
        Limits limits,
        Timing timing,
        Lag lag,
        Edge edge,
        Operations operations,
        AuthSettings auth,
        boolean deflate,
        boolean demo,
        Logging logging,
        @Nullable TlsSettings tls) {

    /** An address to listen on. Port 0 takes a free one. */
    public record Listen(String host, int port) {
        /** Returns a host name that a browser on this machine can open. */
        public String reachableHost() {
            return host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
        }
    }

    /** Sizes, in bytes but for the depth, which counts levels. */
    public record Limits(
            int maxEventBytes,
            int maxEventDepth,
            int maxPublishBytes,
            long logBytes,
            long idleLogBytes,
            int maxWriteBytes) {}

    /** Times, in milliseconds. */
    public record Timing(int pingIntervalMs, int shutdownTimeoutMs, int stallTimeoutMs) {}

    /**
     * What becomes of clients that are too slow.
     *
     * @param byChannel the policies of single channels
     * @param otherwise that of all others; null when it depends on whether the client can be told
     */
    public record Lag(
            Map<String, LagPolicy> byChannel, @Nullable LagPolicy otherwise, String keyField) {}

    /** What the log says, and how. */
    public record Logging(LogFormat format, LogLevel level) {}

    /**
     * What proxies and supervisors see of the gateway, above all of its end.
     *
     * @param drainRate sessions a second; 0 for all at once
     * @param drainPeers the admin ports of the gateways that take over
     * @param agentPort null for none
     * @param canaryIntervalMs 0 for never
     */
    public record Operations(
            int drainDelayMs,
            int drainRate,
            int drainDeadlineMs,
            List<URI> drainPeers,
            @Nullable Integer agentPort,
            int loopTimeoutMs,
            int canaryIntervalMs) {}

    /**
     * The proxies to believe, and the clients to let in.
     *
     * @param trustedProxies their word counts for where a client is
     */
    public record Edge(CidrSet trustedProxies, Connections connections, Handshakes handshakes, ClientLimits limits) {}

    /**
     * Connections of clients.
     *
     * @param max 0 for what the limit of open files allows
     * @param maxPerAddress 0 for no limit
     */
    public record Connections(
            int max, int maxPerAddress, int maxHeaderBytes, int requestTimeoutMs, int idleTimeoutMs) {}

    /**
     * New sessions.
     *
     * @param perAddress a second; 0 for no limit
     * @param rate a second; 0 for no limit
     */
    public record Handshakes(int perAddress, int rate, int burst, OverBudget overBudget) {}

    /**
     * What a client may do that has been let in.
     *
     * @param maxSessionsPerUser 0 for no limit
     * @param maxMessagesPerSecond of one client; 0 for no limit
     * @param maxMessageBytes of a message of a client, a frame of it, and what it inflates to
     * @param maxTopics topics, channels times regions, that one session may read
     */
    public record ClientLimits(int maxSessionsPerUser, int maxMessagesPerSecond, int maxMessageBytes, int maxTopics) {}
}

package dev.hibiki.gateway.config;

import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.TransportChoice;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of all options, checked. {@link Setting} explains each option. Immutable.
 *
 * @param source makes the source of events
 * @param channels at least one
 * @param tls null when clients connect without TLS
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
        /** Returns the host for a URL that a program on this machine can open. */
        public String reachableHost() {
            if (host.equals("0.0.0.0") || host.equals("::")) {
                return "localhost";
            }
            return host.indexOf(':') < 0 ? host : '[' + host + ']';
        }

        /** Returns true when only this machine reaches the address. Resolves a host name, so it may block. */
        public boolean isLoopback() {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                return false;
            }
        }
    }

    /**
     * Sizes in bytes.
     *
     * @param logMemoryBytes of all logs together; 0 when it depends on the memory of the JVM
     */
    public record Limits(
            int maxEventBytes,
            int maxPublishBytes,
            long logBytes,
            long idleLogBytes,
            long logMemoryBytes,
            int maxWriteBytes) {}

    /** Times, in milliseconds. */
    public record Timing(int pingIntervalMs, int shutdownTimeoutMs, int stallTimeoutMs) {
        private static final int MIN_UNACKNOWLEDGED_MS = 60_000;

        /**
         * Returns for how long the kernel waits for a client that acknowledges nothing, or has no room. It is longer than the stall
         * time-out, so that the gateway itself, which logs the reason, is first.
         */
        public int unacknowledgedMs() {
            return Math.max(MIN_UNACKNOWLEDGED_MS, 2 * stallTimeoutMs);
        }
    }

    /**
     * The lag policies, for clients that are too slow.
     *
     * @param byChannel the policies of single channels
     * @param otherwise the policy of all others; null when it depends on whether the client reads notices
     * @param keyField the field of the event that holds the lag key
     */
    public record Lag(
            Map<String, LagPolicy> byChannel, @Nullable LagPolicy otherwise, String keyField) {}

    /** The format and the level of log lines. */
    public record Logging(LogFormat format, LogLevel level) {}

    /**
     * The drain, the agent-check, the canary, the limit for stuck event loops, and what readiness needs.
     *
     * @param drainRate sessions a second; 0 for all at once
     * @param drainPeers the admin ports of the gateways that take over
     * @param agentPort the port of the agent-check; null for none
     * @param canaryIntervalMs 0 for no canary
     * @param healthPath a path of the client port that tells a load balancer whether the gateway is ready; null for none
     * @param requireAllChannels whether one channel that cannot be read ends the readiness
     */
    public record Operations(
            int drainDelayMs,
            int drainRate,
            int drainDeadlineMs,
            List<URI> drainPeers,
            @Nullable Integer agentPort,
            int loopTimeoutMs,
            int canaryIntervalMs,
            @Nullable String healthPath,
            boolean requireAllChannels) {}

    /**
     * The trusted proxies, and the limits for clients.
     *
     * @param trustedProxies the proxies that may tell the address of a client
     */
    public record Edge(CidrSet trustedProxies, Connections connections, Handshakes handshakes, ClientLimits limits) {}

    /**
     * Limits for connections of clients.
     *
     * @param max 0 for as many as the limit of open files allows
     * @param maxPerAddress 0 for no limit
     */
    public record Connections(
            int max, int maxPerAddress, int maxHeaderBytes, int requestTimeoutMs, int idleTimeoutMs) {}

    /**
     * Limits for new sessions.
     *
     * @param perAddress new sessions of one address a second; 0 for no limit
     * @param rate new sessions of all clients a second, and as many at once; 0 for no limit
     */
    public record Handshakes(int perAddress, int rate, OverBudget overBudget) {}

    /**
     * Limits for clients that have been let in.
     *
     * @param maxSessionsPerUser 0 for no limit
     * @param maxMessagesPerSecond of one client; 0 for no limit
     * @param maxMessageBytes of a message of a client, of a frame, and of an inflated message
     * @param maxTopics of one session; topics are channels times regions
     */
    public record ClientLimits(int maxSessionsPerUser, int maxMessagesPerSecond, int maxMessageBytes, int maxTopics) {}
}

package dev.hibiki.gateway;

import dev.hibiki.gateway.admin.AgentPort;
import dev.hibiki.gateway.admin.Health;
import dev.hibiki.gateway.auth.Auth;
import dev.hibiki.gateway.canary.DeliveryCanary;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.RedisSettings;
import dev.hibiki.gateway.config.SourceKind;
import dev.hibiki.gateway.drain.Drain;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.TokenReader;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.Rejection;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LogLimits;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbePlan;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.server.Server;
import dev.hibiki.gateway.session.RegionLabels;
import dev.hibiki.gateway.session.SessionSettings;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.sources.Ingress;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.gateway.wire.WireFormats;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running gateway: the one place where its parts are put together, and closed in reverse. Thread-safe.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);

    private final GatewayConfig config;
    private final PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final Auth auth;
    private final GatewayMetrics metrics;
    private final EventLoops loops;
    private final WireFormats formats;
    private final Hub hub;
    private final Sessions sessions;
    private final DeliveryCanary deliveries;
    private final Ingress ingress;
    private final Server server;
    private final Drain drain;
    private final Health health;
    private final @Nullable AgentPort agent;
    private boolean closed;

    private Gateway(GatewayConfig config, WireFormat format) throws IOException {
        this.config = config;
        formats = new WireFormats(format);
        EventIds ids = EventIds.newEpoch();
        metrics = new GatewayMetrics();
        auth = new Auth(config.auth(), metrics); // Before all that would have to be closed if it cannot.
        loops = new EventLoops(config.transport().resolve(), config.eventLoops());
        hub = new Hub(
                new ChannelTable(config.channels()),
                format,
                LogLimits.retaining(config.limits().logBytes())
                        .keepingIdle(config.limits().idleLogBytes()),
                allocator,
                loops.clientLoops(),
                metrics::newLoopCounters);
        UserSessions users = new UserSessions();
        sessions = newSessions(config, hub, users, metrics);
        deliveries = new DeliveryCanary(config, hub, sessions, loops, allocator, metrics);
        ingress = Ingress.of(
                config.redis(),
                hub.channels(),
                config.source(),
                new Ingest(newParser(config, ids), hub, metrics),
                ProbePlan.every(config.operations().canaryIntervalMs(), metrics, deliveries::deliver));
        ingress.source().start();
        drain = new Drain(config, sessions, metrics);
        health = new Health(config.operations(), ingress, sessions, deliveries, drain);
        Refusals refusals = new Refusals(metrics);
        Routes routes = new Routes(
                config,
                hub.channels(),
                sessions,
                formats,
                ingress,
                metrics,
                auth,
                new Admission(
                        config.edge(),
                        users,
                        new TokenReader(auth.authenticator(), config.auth().jwt()),
                        refusals,
                        System::nanoTime),
                refusals,
                () -> newParser(config, config.source().kind() == SourceKind.STREAMS ? null : ids));
        try {
            server = Server.open(
                    config,
                    loops,
                    allocator,
                    metrics,
                    routes.forClients(),
                    routes.forAdmin(health, drain::ask),
                    refusals);
            agent = openAgent(server);
        } catch (IOException e) {
            closeParts();
            throw e;
        }
        registerGauges();
    }

    /** After the clients' port, since a proxy may be told here that clients can come. */
    private @Nullable AgentPort openAgent(Server opened) throws IOException {
        try {
            return AgentPort.open(config, loops, allocator, health::agentLine);
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    private static Sessions newSessions(GatewayConfig config, Hub hub, UserSessions users, GatewayMetrics metrics) {
        SessionSettings settings = new SessionSettings(
                config.timing().pingIntervalMs(),
                config.limits().maxWriteBytes(),
                config.timing().stallTimeoutMs(),
                config.lag(),
                config.edge().limits());
        return new Sessions(hub, settings, new RegionLabels(config.defaultRegion(), metrics), users, metrics);
    }

    private static EventParser newParser(GatewayConfig config, @Nullable EventIds ids) {
        EventLimits limits =
                new EventLimits(config.limits().maxEventBytes(), config.limits().maxEventDepth());
        return new EventParser(limits, config.routingField(), config.lag().keyField(), ids);
    }

    /**
     * Starts all parts; does not wait for Redis.
     *
     * @throws IOException that names the address when a port cannot be had; then nothing is left running
     */
    public static Gateway start(GatewayConfig config) throws IOException {
        return start(config, new WebSocketFormat());
    }

    static Gateway start(GatewayConfig config, WireFormat format) throws IOException {
        Gateway gateway = new Gateway(config, format);
        gateway.announce();
        gateway.deliveries.start();
        gateway.metrics.bindJvm(gateway.allocator); // Last, because it takes a while.
        return gateway;
    }

    private void registerGauges() {
        metrics.expect(
                config.channels(),
                Stream.of(Rejection.values()).map(Rejection::label).toList(),
                Refusal.limitLabels());
        metrics.gauge("hibiki.agent.weight", "The share of clients, in percent, that is wanted", health::weight);
        metrics.loops(hub.shards().stream().map(LoopShard::counters).toList());
        metrics.gauge("hibiki.topics", "Channels, and regions of channels, that have a log", hub::topicCount);
        metrics.gauge("hibiki.log.bytes", "Memory held by the topics' logs", hub::logBytes);
        metrics.gauge("hibiki.sockets", "Open connections of clients, sessions or not", server::clientSockets);
        metrics.gauge("hibiki.sockets.max", "How many connections of clients there may be", server::maxClientSockets);
        metrics.gauge(
                "hibiki.addresses", "Addresses whose connections are counted and limited", server::clientAddresses);
        metrics.gauge(
                "hibiki.source.up",
                "1 while events can arrive, 0 while Redis is away",
                "source",
                ingress.source().name(),
                () -> ingress.source().state().ready() ? 1 : 0);
    }

    private String publishCommand(RedisSettings redis, String channel) {
        String command = redis.address().isCluster() ? "-c " : "";
        if (config.source().kind() == SourceKind.STREAMS) {
            return command + "XADD " + channel + " '*' data";
        }
        return command + (redis.sharded() ? "SPUBLISH " : "PUBLISH ") + channel;
    }

    private void announce() {
        String channel = config.channels().get(0);
        RedisSettings redis = config.redis();
        String howTo = redis == null
                ? "curl -d '{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"}' http://"
                        + config.admin().host() + ':' + adminPort() + "/publish/" + channel
                : "redis-cli "
                        + publishCommand(redis, channel)
                        + " '{\"event\":\"new_trending\",\"region\":\"JP\",\"title\":\"新しい動画\"}'";
        log.info("Source: {}. Publish with: {}", ingress.source().state().detail(), howTo);
        log.info(
                "Clients: {}://{}:{}/, admin: http://{}:{}/, transport {} on {} loops",
                (config.demo() ? "open http" : "ws") + (config.tls() == null ? "" : "s"),
                reachable(config.listen().host()),
                clientPort(),
                reachable(config.admin().host()),
                adminPort(),
                loops.transport().optionName(),
                config.eventLoops());
    }

    /** A host that can be opened on this machine, for one that is listened on. */
    private static String reachable(String host) {
        return host.equals("0.0.0.0") || host.equals("::") ? "localhost" : host;
    }

    Health health() {
        return health;
    }

    List<EventLoop> clientLoops() {
        return loops.clientLoops();
    }

    public int clientPort() {
        return server.clientPort();
    }

    public int adminPort() {
        return server.adminPort();
    }

    public Transport transport() {
        return loops.transport();
    }

    /** Where HAProxy's agent-check is answered; -1 for nowhere. */
    public int agentPort() {
        return agent == null ? -1 : agent.port();
    }

    public Sessions sessions() {
        return sessions;
    }

    public Hub hub() {
        return hub;
    }

    /** Sends clients away as {@link Drain} tells, closes everything else, and returns when nothing is left running. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        drain.run(server);
        server.close();
        if (agent != null) {
            agent.close();
        }
        closeParts();
    }

    /** Ends an end that is under way without more patience. */
    public void hurry() {
        drain.hurry();
    }

    /** Returns when an operator has asked over HTTP that the gateway ends. */
    void awaitDrainAsked() throws InterruptedException {
        drain.awaitAsked();
    }

    private void closeParts() {
        auth.close();
        ingress.close();
        deliveries.close();
        sessions.close();
        loops.close();
        hub.close();
        formats.close();
        metrics.close();
    }
}

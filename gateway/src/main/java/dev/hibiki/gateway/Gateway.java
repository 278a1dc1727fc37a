package dev.hibiki.gateway;

import dev.hibiki.gateway.admin.AgentAnswer;
import dev.hibiki.gateway.admin.Announcement;
import dev.hibiki.gateway.admin.Health;
import dev.hibiki.gateway.auth.Auth;
import dev.hibiki.gateway.canary.DeliveryCanary;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.config.MemoryPlan;
import dev.hibiki.gateway.config.TlsSettings;
import dev.hibiki.gateway.drain.Drain;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Edge;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.TokenReader;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.Rejection;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LoopShard;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbeMonitor;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.logging.ConsoleLogging;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.runtime.Clocks;
import dev.hibiki.gateway.runtime.EventLoops;
import dev.hibiki.gateway.runtime.Lifecycle;
import dev.hibiki.gateway.runtime.Transport;
import dev.hibiki.gateway.server.HttpInitializer;
import dev.hibiki.gateway.server.Listener;
import dev.hibiki.gateway.session.SessionSettings;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.tls.TlsTermination;
import dev.hibiki.gateway.wire.RetryWindow;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.gateway.wire.WireFormats;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One running gateway, and the one place where its parts are put together, in three acts: it builds them, so that nothing
 * runs yet; it starts them; and it closes them in reverse order, see {@link Lifecycle}. Thread-safe.
 */
public final class Gateway implements AutoCloseable {
    private final GatewayConfig config;
    private final Clocks clocks = Clocks.system();
    private final Lifecycle parts;
    private final PooledByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private final GatewayMetrics metrics;
    private final Auth auth;
    private final EventLoops loops;
    private final Hub hub;
    private final Sessions sessions;
    private final DeliveryCanary canary;
    private final EventSource source;
    private final Drain drain;
    private final Health health;
    private final @Nullable TlsTermination tls;
    private final Announcement announcement;
    private final Listener clients;
    private final Listener admin;
    private final @Nullable Listener agent;
    private boolean closed;

    /** The first act: builds all parts. */
    private Gateway(GatewayConfig config, Plugins plugins, WireFormat format, Lifecycle parts) throws IOException {
        this.config = config;
        this.parts = parts;
        EventIds ids = EventIds.newEpoch();
        metrics = parts.build("metrics", GatewayMetrics::new);
        loops = parts.build(
                "event loops", () -> new EventLoops(config.transport().resolve(), config.eventLoops()));
        auth = parts.build("auth", () -> new Auth(config.auth(), metrics, clocks));
        WireFormats formats = parts.build("formats", () -> new WireFormats(format));
        hub = parts.build("hub", () -> newHub(format));
        UserSessions users = new UserSessions();
        RegionLabels regions = new RegionLabels(config.defaultRegion(), metrics);
        sessions =
                parts.build("sessions", () -> new Sessions(hub, SessionSettings.of(config), regions, users, metrics));
        canary = parts.build(
                "canary",
                () -> new DeliveryCanary(config.operations(), hub, sessions, loops, allocator, metrics, clocks.nano()));
        Ingest ingest = new Ingest(newParser(config, null), hub, metrics, clocks.nano());
        source = parts.build("source", () -> newSource(ingest));
        drain = new Drain(config.operations(), config.timing().shutdownTimeoutMs(), sessions, metrics, clocks.nano());
        Refusals refusals = new Refusals(metrics);
        TokenReader tokens = new TokenReader(auth.authenticator(), config.auth().jwt());
        Routes routes = new Routes(
                config,
                hub.channels(),
                sessions,
                plugins.subprotocols(),
                formats,
                source,
                metrics,
                auth,
                new Admission(config.edge(), users, tokens, refusals, hub.memory()::isFull, clocks.nano()),
                refusals,
                () -> newParser(config, source.stampsIds() ? null : ids),
                clocks);
        TlsSettings files = config.tls();
        tls = files == null ? null : parts.build("tls", () -> new TlsTermination(files, metrics));
        int nativeBytes = tls == null ? 0 : tls.nativeBytesOfOne();
        Edge edge = new Edge(
                config.edge(),
                Origins.of(config),
                refusals,
                MemoryPlan.ofThisProcess().mostConnections(nativeBytes));
        clients = parts.build(
                "client port",
                () -> listener(
                        config.listen(),
                        loops.clients(),
                        HttpInitializer.forClients(routes.forClients(this::isReady), edge, tls)));
        health = new Health(config, source, ingest::failure, loops::ended, clients::trouble, sessions, canary, drain);
        announcement = new Announcement(config, source);
        admin = parts.build(
                "admin port",
                () -> listener(config.admin(), loops.admin(), routes.adminPipeline(health, drain::ask, announcement)));
        Integer agentPort = config.operations().agentPort();
        agent = agentPort == null ? null : parts.build("agent port", () -> newAgent(agentPort));
        health.register(metrics);
        edge.connections().register(metrics);
        registerMetrics();
    }

    private Hub newHub(WireFormat format) {
        GatewayConfig.Limits sizes = config.limits();
        long budget = MemoryPlan.ofThisProcess().budget(sizes);
        return new Hub(
                new ChannelTable(config.channels()),
                format,
                LogLimits.of(sizes.logBytes(), sizes.idleLogBytes(), budget),
                LogMemory.of(budget),
                loops.clientLoops(),
                metrics::newLoopCounters);
    }

    private EventSource newSource(Ingest ingest) {
        ProbeMonitor probes = new ProbeMonitor(config.operations().canaryIntervalMs(), metrics, canary::deliver);
        return config.source()
                .create(new SourceContext(
                        hub.channels().entries(),
                        ingest,
                        probes,
                        config.limits().logBytes(),
                        clocks.nano()));
    }

    private Listener listener(GatewayConfig.Listen address, EventLoopGroup group, ChannelHandler handler) {
        Transport transport = group == loops.clients() ? loops.transport() : Transport.NIO;
        return new Listener(
                address, group, transport, allocator, handler, config.timing().unacknowledgedMs());
    }

    private Listener newAgent(int port) {
        GatewayConfig.Listen address = new GatewayConfig.Listen(config.admin().host(), port);
        return listener(address, loops.admin(), new AgentAnswer(health::agentLine));
    }

    private static EventParser newParser(GatewayConfig config, @Nullable EventIds ids) {
        EventLimits limits = EventLimits.of(config.limits().maxEventBytes());
        return new EventParser(limits, config.routingField(), config.lag().keyField(), ids);
    }

    /**
     * Starts a gateway; does not wait for Redis.
     *
     * @throws IOException that names the address, file or option that cannot be had; then nothing is left running
     */
    public static Gateway start(GatewayConfig config) throws IOException {
        return start(config, Plugins.builtIn(), new WebSocketFormat(), new Lifecycle(step -> {}));
    }

    /** @param format makes the plain frames; see {@link WireFormats#plain} */
    static Gateway start(GatewayConfig config, Plugins plugins, WireFormat format, Lifecycle parts) throws IOException {
        try {
            Gateway gateway = new Gateway(config, plugins, format, parts);
            gateway.start();
            return gateway;
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }

    /** The second act. */
    private void start() throws IOException {
        parts.start("event loops", loops, () -> {});
        parts.start("auth", auth, auth::start);
        parts.start("sessions", sessions, sessions::start);
        parts.start("source", source, source::start);
        if (tls != null) {
            parts.start("tls", tls, tls::start);
        }
        // The client port is first: as soon as another port answers, a proxy may be told that clients can come.
        parts.start("client port", clients, clients::start);
        parts.start("admin port", admin, admin::start);
        if (agent != null) {
            parts.start("agent port", agent, agent::start);
        }
        MemoryPlan.ofThisProcess().announce(config.limits());
        announcement.log(clientPort(), adminPort(), loops.transport());
        parts.start("canary", canary, () -> canary.start(source));
        String transport = loops.transport().optionName();
        parts.start(
                "metrics of the process",
                () -> {},
                () -> metrics.bindProcess(transport, allocator)); // It takes a while.
    }

    private void registerMetrics() {
        metrics.expect(config.channels(), Rejection.labels(), Refusal.limitLabels());
        metrics.loops(hub.shards().stream().map(LoopShard::counters).toList());
        hub.register(metrics);
        ConsoleLogging.register(metrics);
    }

    private boolean isReady() {
        return health.readiness().ready();
    }

    Health health() {
        return health;
    }

    List<EventLoop> clientLoops() {
        return loops.clientLoops();
    }

    public int clientPort() {
        return clients.port();
    }

    public int adminPort() {
        return admin.port();
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

    /** The third act: sends clients away as {@link Drain} tells, and closes all parts. Returns when nothing is left running. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (drain.run(clients::close)) {
                source.clientsSentAway(RetryWindow.AFTER_END.maxMs());
            }
            parts.close();
        }
    }

    /** Ends a drain that is under way at once. */
    public void expedite() {
        drain.expedite();
    }

    /** Returns when an operator has asked over HTTP that the gateway ends. */
    void awaitDrainAsked() throws InterruptedException {
        drain.awaitAsked();
    }
}

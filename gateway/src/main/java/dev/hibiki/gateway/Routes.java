package dev.hibiki.gateway;

import dev.hibiki.gateway.admin.AdminAccess;
import dev.hibiki.gateway.admin.AdminAccess.Right;
import dev.hibiki.gateway.admin.AdminFilter;
import dev.hibiki.gateway.admin.AdminRefusals;
import dev.hibiki.gateway.admin.Announcement;
import dev.hibiki.gateway.admin.Health;
import dev.hibiki.gateway.admin.PublishEndpoint;
import dev.hibiki.gateway.admin.SessionsEndpoint;
import dev.hibiki.gateway.admin.SmallEndpoints;
import dev.hibiki.gateway.auth.Auth;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.demo.DemoEndpoint;
import dev.hibiki.gateway.demo.PageEndpoint;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Router;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.Clocks;
import dev.hibiki.gateway.server.HttpInitializer;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.session.http.SessionEntry;
import dev.hibiki.gateway.sse.EventStreamEndpoint;
import dev.hibiki.gateway.wire.WireFormats;
import dev.hibiki.gateway.ws.Subprotocol;
import dev.hibiki.gateway.ws.WebSocketEndpoint;
import io.netty.handler.codec.http.HttpMethod;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The endpoint of each path, for clients and for operators. */
record Routes(
        GatewayConfig config,
        ChannelTable channels,
        Sessions sessions,
        List<Subprotocol> subprotocols,
        WireFormats formats,
        EventSource source,
        GatewayMetrics metrics,
        Auth auth,
        Admission admission,
        Refusals refusals,
        Supplier<EventParser> parsers,
        Clocks clocks) {
    private static final List<String> HEALTH_PATHS = List.of("/healthz", "/readyz");
    private static final List<String> ADMIN_PATHS =
            List.of("/intake", "/metrics", "/sessions", PublishEndpoint.PREFIX, "/drain");

    /** @param isReady for the health path of this port, where there is one */
    Router forClients(BooleanSupplier isReady) {
        Router router = new Router();
        ADMIN_PATHS.forEach(path -> router.elsewhere(path, "it is on the admin port, see --admin-port"));
        HEALTH_PATHS.forEach(path -> router.elsewhere(
                path, "it is on the admin port, see --admin-port; or give --health-path to serve one here"));
        router.get("/ws", webSocketOr(WebSocketEndpoint::upgradeRequired))
                .on("/sse", Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS), eventStream())
                .get("/hibiki.js", PageEndpoint.library("hibiki.js", Origins.of(config), refusals));
        String healthPath = config.operations().healthPath();
        if (healthPath != null) {
            router.get(healthPath, SmallEndpoints.readinessOnly(isReady));
        }
        if (!config.demo()) {
            return router.get("/", webSocketOr(WebSocketEndpoint::upgradeRequired));
        }
        Endpoint demo =
                new DemoEndpoint(channels, parsers.get(), source, config.auth().jwt() == null, clocks);
        return router.get("/", webSocketOr(PageEndpoint.of("index.html", "text/html; charset=utf-8")))
                .get("/demo.js", PageEndpoint.script("demo.js"))
                .get("/style.css", PageEndpoint.of("style.css", "text/css; charset=utf-8"))
                .get("/demo", demo)
                .on("/demo/publish", Set.of(HttpMethod.POST), demo);
    }

    private Endpoint webSocketOr(Endpoint otherwise) {
        return new WebSocketEndpoint(entry(), subprotocols, formats, config.deflate(), otherwise);
    }

    private Endpoint eventStream() {
        return new EventStreamEndpoint(entry(), formats.eventStream());
    }

    private SessionEntry entry() {
        return new SessionEntry(
                admission, refusals, Origins.of(config), sessions, HttpInitializer.sessionSwap(), metrics);
    }

    HttpInitializer adminPipeline(Health health, Runnable drain, Announcement announcement) {
        AdminRefusals denied = new AdminRefusals(metrics);
        AdminAccess access = AdminAccess.of(config, auth, denied);
        AdminFilter filter = new AdminFilter(config.auth().admin().names(), denied);
        return HttpInitializer.forOperators(
                forAdmin(health, drain, access, announcement),
                filter,
                request -> filter.passes(request) && access.wantsBody(request),
                config.limits().maxPublishBytes());
    }

    private Router forAdmin(Health health, Runnable drain, AdminAccess access, Announcement announcement) {
        return new Router()
                .get("/", announcement.index(health, access))
                .get("/healthz", SmallEndpoints.health(health::liveness))
                .get("/readyz", SmallEndpoints.health(health::readiness))
                .get(
                        "/intake",
                        SmallEndpoints.capacity(() -> health.intake(
                                config.edge().handshakes().rate(),
                                metrics.refusedSoFar(Refusal.HANDSHAKE_RATE.label()))))
                .get("/metrics", access.requiring(Right.METRICS, SmallEndpoints.metrics(metrics)))
                .get("/sessions", access.requiring(Right.SESSIONS, new SessionsEndpoint(sessions::list)))
                .postUnder(
                        PublishEndpoint.PREFIX,
                        new PublishEndpoint(channels, parsers.get(), source.publisher(), metrics, access))
                .on("/drain", Set.of(HttpMethod.POST), access.requiring(Right.DRAIN, SmallEndpoints.drain(drain)));
    }
}

package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.drain.Capacity;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.JsonText;
import dev.hibiki.gateway.http.Query;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The endpoints of the admin listener that need no class of their own. Stateless; they run on the admin loop. */
public final class SmallEndpoints {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private SmallEndpoints() {}

    /** Answers 200 when the state is ready and 503 when it is not, with the detail as the body. */
    public static Endpoint health(Supplier<SourceHealth> state) {
        return (ctx, request, path) -> {
            SourceHealth now = state.get();
            HttpResponseStatus status = now.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE;
            Reply.text(status, (now.ready() ? "ok: " : "not ready: ") + now.detail())
                    .send(ctx, request);
        };
    }

    /** As {@link #health}, without the detail: for a port that strangers reach. */
    public static Endpoint readinessOnly(BooleanSupplier ready) {
        return (ctx, request, path) -> {
            boolean now = ready.getAsBoolean();
            Reply.text(now ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE, now ? "ok" : "not ready")
                    .send(ctx, request);
        };
    }

    /** Answers with the metrics in Prometheus's text format 0.0.4. */
    public static Endpoint metrics(GatewayMetrics metrics) {
        return (ctx, request, path) -> Reply.of(
                        HttpResponseStatus.OK, PROMETHEUS_TEXT, metrics.scrape().getBytes(StandardCharsets.UTF_8))
                .send(ctx, request);
    }

    /** Answers with the {@link Capacity} as JSON, for a peer that drains its clients to this gateway. */
    public static Endpoint capacity(Supplier<Capacity> capacity) {
        return (ctx, request, path) -> {
            Capacity now = capacity.get();
            String text = JsonText.write(json -> json.writeStartObject()
                    .writeBooleanProperty("ready", now.ready())
                    .writeNumberProperty("weight", now.weight())
                    .writeNumberProperty("handshake_rate", now.handshakeRate())
                    .writeNumberProperty("over_budget", now.overBudget())
                    .writeEndObject());
            Reply.json(HttpResponseStatus.OK, text).send(ctx, request);
        };
    }

    /**
     * Starts the drain, after which the gateway ends. Answers at once. A parameter is refused: whoever sends one believes that the
     * drain heeds it.
     *
     * @param drain returns at once; may run more than once
     */
    public static Endpoint drain(Runnable drain) {
        return (ctx, request, path) -> {
            Set<String> parameters = Query.of(request).names();
            if (!parameters.isEmpty()) {
                String error = "unknown parameter \"" + parameters.iterator().next()
                        + "\" (expected: no parameters; --drain-rate sets the pace)";
                Reply.error(HttpResponseStatus.BAD_REQUEST, error).send(ctx, request);
                return;
            }
            drain.run();
            Reply.text(HttpResponseStatus.ACCEPTED, "draining").send(ctx, request);
        };
    }
}

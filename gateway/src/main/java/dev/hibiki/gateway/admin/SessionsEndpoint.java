package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.JsonText;
import dev.hibiki.gateway.http.PercentCodes;
import dev.hibiki.gateway.http.Query;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.TcpInfo;
import dev.hibiki.gateway.session.SessionList;
import dev.hibiki.gateway.session.SessionList.SessionInfo;
import dev.hibiki.gateway.session.SessionQuery;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.concurrent.Future;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/**
 * {@code GET /sessions}: lists sessions, by default those with the largest lag first. Confined to the admin loop. It runs
 * one query at a time, since each query scans every session.
 */
public final class SessionsEndpoint implements Endpoint {
    private static final int DEFAULT_LIMIT = 100;
    private static final int PATIENCE_MS = 5_000;
    private static final List<String> PARAMETERS = List.of("region", "channel", "user", "limit", "sort");

    private final Function<SessionQuery, CompletableFuture<SessionList>> sessions;
    private boolean asking;

    /** @param sessions answers queries, on any thread, or fails */
    public SessionsEndpoint(Function<SessionQuery, CompletableFuture<SessionList>> sessions) {
        this.sessions = sessions;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        SessionQuery query;
        try {
            query = query(Query.of(request));
        } catch (IllegalArgumentException e) {
            Reply.error(HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()))
                    .send(ctx, request);
            return;
        }
        if (asking) {
            unavailable("another query is running: try again in a second").send(ctx, request);
            return;
        }
        CompletableFuture<SessionList> answer = sessions.apply(query);
        asking = true;
        Future<?> timeout = ctx.executor()
                .schedule(
                        () -> answer.completeExceptionally(
                                new TimeoutException("the event loops are too busy to answer")),
                        PATIENCE_MS,
                        TimeUnit.MILLISECONDS);
        request.retain();
        answer.whenCompleteAsync(
                (list, failure) -> {
                    asking = false;
                    timeout.cancel(false);
                    try {
                        (failure == null
                                        ? Reply.json(HttpResponseStatus.OK, json(list))
                                        : unavailable(String.valueOf(failure.getMessage())))
                                .send(ctx, request);
                    } finally {
                        request.release();
                    }
                },
                ctx.executor());
    }

    private static Reply unavailable(String why) {
        return Reply.error(HttpResponseStatus.SERVICE_UNAVAILABLE, why).header(HttpHeaderNames.RETRY_AFTER, "1");
    }

    private static SessionQuery query(Query parameters) {
        for (String name : parameters.names()) {
            if (!PARAMETERS.contains(name)) {
                throw new IllegalArgumentException("unknown parameter \"" + name + "\" (expected: "
                        + String.join(", ", PARAMETERS) + ")" + NearestName.hint(name, PARAMETERS));
            }
        }
        String limit = value(parameters, "limit");
        String sort = value(parameters, "sort");
        return new SessionQuery(
                value(parameters, "region"),
                value(parameters, "channel"),
                value(parameters, "user"),
                limit == null ? DEFAULT_LIMIT : limit(limit),
                sort == null ? SessionQuery.Order.LAG : order(sort));
    }

    private static @Nullable String value(Query parameters, String name) {
        List<String> values = parameters.encoded(name);
        if (values == null) {
            return null;
        }
        if (values.size() > 1) {
            throw new IllegalArgumentException("more than one " + name + " (expected: one)");
        }
        String value = PercentCodes.parameter(values.get(0));
        if (value == null) {
            throw new IllegalArgumentException(
                    name + ": \"" + values.get(0) + "\" cannot be decoded: " + PercentCodes.problem(values.get(0)));
        }
        return value.isBlank() ? null : value;
    }

    private static int limit(String text) {
        if (text.matches("\\d{1,6}")) {
            int limit = Integer.parseInt(text);
            if (limit >= 1 && limit <= SessionQuery.MAX_LIMIT) {
                return limit;
            }
        }
        throw new IllegalArgumentException(
                "limit: \"" + text + "\" (expected: a whole number from 1 to " + SessionQuery.MAX_LIMIT + ")");
    }

    private static SessionQuery.Order order(String text) {
        return Arrays.stream(SessionQuery.Order.values())
                .filter(order -> Values.nameOf(order).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("sort: \"" + text + "\" (expected: "
                        + Arrays.stream(SessionQuery.Order.values())
                                .map(Values::nameOf)
                                .collect(Collectors.joining(", "))
                        + ")"));
    }

    private static String json(SessionList list) {
        return JsonText.write(json -> {
            json.writeStartObject();
            json.writeArrayPropertyStart("sessions");
            list.sessions().forEach(session -> writeSession(json, session));
            json.writeEndArray();
            writeTotals(json, list.total());
            json.writeEndObject();
        });
    }

    private static void writeSession(JsonGenerator json, SessionInfo session) {
        json.writeStartObject();
        json.writeStringProperty("id", session.id());
        json.writeStringProperty("address", session.address());
        if (session.user() != null) {
            json.writeStringProperty("user", session.user());
        }
        if (session.userAgent() != null) {
            json.writeStringProperty("user_agent", session.userAgent());
        }
        json.writeStringProperty("kind", session.kind());
        json.writeStringProperty("region", session.region());
        JsonText.strings(json, "channels", session.channels());
        JsonText.strings(json, "regions", session.regions());
        json.writeNumberProperty("topics", session.topics());
        json.writeNumberProperty("age_ms", session.ageMs());
        json.writeNumberProperty("lag_bytes", session.lagBytes());
        json.writeNumberProperty("lag_events", session.lagEvents());
        TcpInfo tcp = session.tcp();
        if (tcp != null) {
            json.writeNumberProperty("rtt_us", tcp.rttUs());
            json.writeNumberProperty("rtt_variance_us", tcp.rttVarianceUs());
            json.writeNumberProperty("retransmits", tcp.retransmits());
            json.writeNumberProperty("unacked_segments", tcp.unackedSegments());
        }
        json.writeEndObject();
    }

    private static void writeTotals(JsonGenerator json, SessionList.Totals total) {
        json.writeObjectPropertyStart("total");
        json.writeNumberProperty("sessions", total.sessions());
        json.writeNumberProperty("lag_bytes", total.lagBytes());
        json.writeNumberProperty("lag_max_bytes", total.maxLagBytes());
        json.writeObjectPropertyStart("kinds");
        total.byKind().forEach((kind, count) -> json.writeNumberProperty(kind, count));
        json.writeEndObject();
        json.writeEndObject();
    }
}

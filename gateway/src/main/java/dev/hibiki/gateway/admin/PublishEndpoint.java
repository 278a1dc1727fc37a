package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.RejectedEventException;
import dev.hibiki.gateway.event.Rejection;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.JsonText;
import dev.hibiki.gateway.http.Query;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.ingress.PublishFailedException;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /publish/{channel}}: publishes one event, or an array of events. When one event is not valid, none is
 * published. Answers 202 with the ids, in order. Confined to the admin loop.
 */
public final class PublishEndpoint implements Endpoint {
    public static final String PREFIX = "/publish/";

    private final ChannelTable channels;
    private final EventParser parser;
    private final Publisher publisher;
    private final GatewayMetrics metrics;
    private final AdminAccess access;
    private final RateLimitedLog replacedIds = new RateLimitedLog(LoggerFactory.getLogger(PublishEndpoint.class));

    /** @param parser used by this endpoint alone */
    public PublishEndpoint(
            ChannelTable channels,
            EventParser parser,
            Publisher publisher,
            GatewayMetrics metrics,
            AdminAccess access) {
        this.channels = channels;
        this.parser = parser;
        this.publisher = publisher;
        this.metrics = metrics;
        this.access = access;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        Reply refusal = access.refusal(AdminAccess.Right.PUBLISH, ctx, request);
        if (refusal != null) {
            answer(ctx, request, refusal);
            return;
        }
        String channel = path.substring(PREFIX.length());
        Set<String> parameters = Query.of(request).names();
        if (!parameters.isEmpty()) {
            String error = "unknown parameter \"" + parameters.iterator().next()
                    + "\" (expected: no parameters; what clients filter by is a field of the event, as in \""
                    + parser.routingField() + "\":\"JP\". --routing-field names it)";
            refuse(ctx, request, channel, HttpResponseStatus.BAD_REQUEST, "parameters", error);
            return;
        }
        if (ChannelSpec.isTooLong(channel)) {
            String error = "the name of the channel is too long (expected: at most " + ChannelSpec.MAX_BYTES
                    + " bytes of UTF-8)";
            refuse(ctx, request, channel, HttpResponseStatus.BAD_REQUEST, "long_channel", error);
            return;
        }
        ChannelSpec owner = channels.owner(channel);
        if (owner == null) {
            refuse(ctx, request, channel, HttpResponseStatus.NOT_FOUND, "unknown_channel", unknown(channel));
            return;
        }
        try {
            List<Event> events = parser.parseBatch(ByteBufUtil.getBytes(request.content()));
            events.forEach(event -> reportId(channel, event));
            publish(ctx, request, owner, channel, events);
        } catch (RejectedEventException e) {
            metrics.rejected(owner.name(), e.rejection().label());
            HttpResponseStatus status = e.rejection() == Rejection.TOO_LARGE
                    ? HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE
                    : HttpResponseStatus.BAD_REQUEST;
            String code = e.rejection().label();
            refuse(ctx, request, channel, status, code, code + ": " + e.getMessage());
        }
    }

    /** Names a channel that was probably meant, if there is one. */
    private String unknown(String channel) {
        List<String> names = channels.entries().stream().map(ChannelSpec::name).toList();
        return "unknown channel \"" + channel + "\" (expected: one that --channel names or matches)"
                + NearestName.hint(channel, names);
    }

    private void refuse(
            ChannelHandlerContext ctx,
            FullHttpRequest request,
            String channel,
            HttpResponseStatus status,
            String code,
            String error) {
        access.refusals()
                .refusedPublication(ctx.channel(), code, access.publisherOf(request), channel, status.code(), error);
        answer(ctx, request, Reply.error(status, error));
    }

    /** Reports an id that was left out. A source that brings the event back does not see it any more. */
    private void reportId(String channel, Event event) {
        if (event.idProblem() != null) {
            metrics.replacedId();
            replacedIds.warn("Replaced the id of an event for {}: it was {}", channel, event.idProblem());
        }
    }

    private void publish(
            ChannelHandlerContext ctx, FullHttpRequest request, ChannelSpec owner, String channel, List<Event> events) {
        request.retain();
        publisher
                .publish(owner, channel, events)
                .whenCompleteAsync(
                        (ids, failure) -> {
                            try {
                                answer(ctx, request, failure == null ? accepted(ids) : failed(failure));
                            } finally {
                                request.release();
                            }
                        },
                        ctx.executor());
    }

    private static Reply accepted(List<String> ids) {
        return Reply.json(HttpResponseStatus.ACCEPTED, json(ids, null));
    }

    private static Reply failed(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        List<String> published =
                cause instanceof PublishFailedException publishing ? publishing.published() : List.of();
        String error = "could not publish: " + cause.getMessage();
        return Reply.json(HttpResponseStatus.SERVICE_UNAVAILABLE, json(published, error))
                .header(HttpHeaderNames.RETRY_AFTER, "1");
    }

    private static String json(List<String> ids, @Nullable String error) {
        return JsonText.write(json -> {
            json.writeStartObject();
            if (error != null) {
                json.writeStringProperty("error", error);
            }
            JsonText.strings(json, "ids", ids);
            json.writeEndObject();
        });
    }

    private void answer(ChannelHandlerContext ctx, FullHttpRequest request, Reply reply) {
        metrics.publishRequest(reply.status().code());
        reply.send(ctx, request);
    }
}

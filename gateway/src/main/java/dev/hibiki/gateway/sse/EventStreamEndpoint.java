package dev.hibiki.gateway.sse;

import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.SessionSwap;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.session.StreamRequest;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers with a stream of Server-Sent Events (WHATWG HTML, section 9.2). The query is that of a WebSocket; a browser that
 * comes back by itself names the last event it saw in {@code Last-Event-ID}.
 */
public final class EventStreamEndpoint implements Endpoint {
    private static final String LAST_EVENT_ID = "last-event-id";
    private static final String RESPONSE = String.join(
            "\r\n",
            "HTTP/1.1 200 OK",
            "Content-Type: " + Reply.EVENT_STREAM,
            "Cache-Control: no-store",
            "X-Accel-Buffering: no",
            "X-Content-Type-Options: nosniff",
            "Transfer-Encoding: chunked",
            "");

    private final Admission admission;
    private final Refusals refusals;
    private final Sessions sessions;
    private final GatewayMetrics metrics;
    private final SessionSwap swap;
    private final Origins origins;
    private final WireFormat format;

    /**
     * @param admission who may read, and how many
     * @param swap turns the HTTP pipeline into that of a session
     * @param origins whose pages may read
     * @param format the one format of all event streams
     */
    public EventStreamEndpoint(
            Admission admission,
            Refusals refusals,
            Sessions sessions,
            GatewayMetrics metrics,
            SessionSwap swap,
            Origins origins,
            WireFormat format) {
        this.admission = admission;
        this.refusals = refusals;
        this.sessions = sessions;
        this.metrics = metrics;
        this.swap = swap;
        this.origins = origins;
        this.format = format;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        try {
            if (!origins.allows(request)) {
                throw new RefusedException(Refusal.ORIGIN, "this page may not connect (Origin)");
            }
            if (request.method().equals(HttpMethod.OPTIONS)) {
                preflight(ctx, request);
                return;
            }
            if (sessions.isEnding()) {
                throw RefusedException.ending();
            }
            if (request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0) {
                throw new RefusedException(Refusal.HTTP_VERSION, "an event stream needs HTTP/1.1");
            }
            if (request.method().equals(HttpMethod.HEAD)) {
                send(ctx, request, Reply.of(HttpResponseStatus.OK, Reply.EVENT_STREAM, new byte[0]));
            } else {
                stream(ctx, request, StreamRequest.admit(admission, sessions, ctx.channel(), request, lastId(request)));
            }
        } catch (RefusedException e) {
            refuse(ctx, request, e);
        }
    }

    private void stream(ChannelHandlerContext ctx, FullHttpRequest request, StreamRequest asked) {
        metrics.handshake(HttpResponseStatus.OK.code());
        swap.swap(
                ctx,
                response(ctx, request),
                new EventStreamSession(sessions.loopOf(ctx.channel()), asked.client(), format),
                asked);
    }

    /**
     * Who may come in a moment is told to come {@linkplain Refusals#laterStream later}, and counted by the code that a WebSocket would
     * be closed with.
     */
    private void refuse(ChannelHandlerContext ctx, FullHttpRequest request, RefusedException refused) {
        CloseCode later = refused.later();
        if (later != null) {
            refusals.refused(ctx, request, refused, later.code());
            send(ctx, request, Refusals.laterStream());
            return;
        }
        refusals.refused(ctx, request, refused);
        send(ctx, request, refused.reply());
    }

    /** The header is newer than the query, which the browser repeats each time. */
    private static @Nullable String lastId(HttpRequest request) {
        String header = request.headers().get(LAST_EVENT_ID);
        return header == null || header.isEmpty() ? null : utf8(header);
    }

    /** Browsers send the id's UTF-8; the HTTP codec reads headers as Latin-1. */
    private static String utf8(String header) {
        return new String(header.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private ByteBuf response(ChannelHandlerContext ctx, HttpRequest request) {
        StringBuilder response = new StringBuilder(RESPONSE);
        origins.cors(request)
                .forEach((name, value) ->
                        response.append(name).append(": ").append(value).append("\r\n"));
        return ByteBufUtil.writeAscii(ctx.alloc(), response.append("\r\n"));
    }

    private void preflight(ChannelHandlerContext ctx, HttpRequest request) {
        send(
                ctx,
                request,
                Reply.of(HttpResponseStatus.NO_CONTENT, "text/plain", new byte[0])
                        .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET")
                        .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, LAST_EVENT_ID + ", authorization")
                        .header(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "86400"));
    }

    private void send(ChannelHandlerContext ctx, HttpRequest request, Reply reply) {
        origins.cors(request).forEach(reply::header);
        reply.send(ctx, request);
    }
}

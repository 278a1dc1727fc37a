package dev.hibiki.gateway.sse;

import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.frame.WireFormat;
import dev.hibiki.gateway.http.Admission;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Gatekeeper;
import dev.hibiki.gateway.http.Origins;
import dev.hibiki.gateway.http.RefusalLog;
import dev.hibiki.gateway.http.Refusals;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.http.SessionSwap;
import dev.hibiki.gateway.http.StreamRequest;
import dev.hibiki.gateway.hub.ChannelTable;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.Refusal;
import dev.hibiki.gateway.session.CloseCode;
import dev.hibiki.gateway.session.Sessions;
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
            "Content-Type: text/event-stream",
            "Cache-Control: no-store",
            "X-Accel-Buffering: no",
            "X-Content-Type-Options: nosniff",
            "Transfer-Encoding: chunked",
            "");

    private final ChannelTable channels;
    private final Sessions sessions;
    private final GatewayMetrics metrics;
    private final SessionSwap swap;
    private final Origins origins;
    private final Admission admission;
    private final Gatekeeper gatekeeper;
    private final WireFormat format;

    /**
     * @param swap turns the HTTP pipeline into that of a session
     * @param origins whose pages may read
     * @param admission how many sessions may begin
     * @param gatekeeper who may read
     * @param format the one format of all event streams
     */
    public EventStreamEndpoint(
            ChannelTable channels,
            Sessions sessions,
            GatewayMetrics metrics,
            SessionSwap swap,
            Origins origins,
            Admission admission,
            Gatekeeper gatekeeper,
            WireFormat format) {
        this.channels = channels;
        this.sessions = sessions;
        this.metrics = metrics;
        this.swap = swap;
        this.origins = origins;
        this.admission = admission;
        this.gatekeeper = gatekeeper;
        this.format = format;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        if (!origins.allows(request)) {
            refuse(ctx, request, HttpResponseStatus.FORBIDDEN, "this page may not connect (Origin)");
        } else if (request.method().equals(HttpMethod.OPTIONS)) {
            preflight(ctx, request);
        } else if (sessions.isEnding()) {
            refuse(ctx, request, HttpResponseStatus.SERVICE_UNAVAILABLE, "the gateway is shutting down");
        } else if (request.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0) {
            refuse(ctx, request, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, "an event stream needs HTTP/1.1");
        } else if (request.method().equals(HttpMethod.HEAD)) {
            cors(Reply.of(HttpResponseStatus.OK, "text/event-stream", new byte[0]), request)
                    .send(ctx, request);
        } else {
            stream(ctx, request);
        }
    }

    private void stream(ChannelHandlerContext ctx, FullHttpRequest request) {
        Refusal refusal = admission.refusalOfAddress(ctx.channel());
        if (refusal != null) {
            turnAway(ctx, request, refusal);
            return;
        }
        StreamRequest asked;
        try {
            asked = StreamRequest.read(request, channels, sessions, gatekeeper.admit(request), lastId(request));
        } catch (TokenException e) {
            Reply reply = Gatekeeper.refusal(e);
            metrics.handshake(reply.status().code());
            RefusalLog.refused(ctx, request, reply.status(), e.getMessage());
            cors(reply, request).send(ctx, request);
            return;
        } catch (StreamRequest.RefusedException e) {
            refuse(ctx, request, e.status(), e.getMessage());
            return;
        }
        refusal = admission.refusalOfUser(ctx.channel(), asked.grant());
        if (refusal == null) {
            refusal = admission.refusalOfAll(ctx.channel());
        }
        if (refusal != null) {
            turnAway(ctx, request, refusal);
            return;
        }
        metrics.handshake(HttpResponseStatus.OK.code());
        swap.swap(
                ctx,
                response(ctx, request),
                new EventStreamSession(sessions.loopOf(ctx.channel()), asked.client(), format),
                asked);
    }

    /**
     * Over the budget of all it answers with a stream that ends at once and says when to come back: after a 503, which is what this
     * means, a browser's EventSource would never try again.
     */
    private void turnAway(ChannelHandlerContext ctx, FullHttpRequest request, Refusal refusal) {
        if (refusal != Refusal.HANDSHAKE_RATE) {
            Reply answer = Admission.answer(refusal);
            metrics.handshake(answer.status().code());
            cors(answer, request).send(ctx, request);
            return;
        }
        metrics.handshake(CloseCode.OVERLOADED.code());
        byte[] stream = ("retry: " + 1_000 * Refusals.retryAfterSeconds() + "\n\n").getBytes(StandardCharsets.US_ASCII);
        cors(Reply.of(HttpResponseStatus.OK, "text/event-stream", stream), request)
                .header(HttpHeaderNames.CACHE_CONTROL, "no-store")
                .header(HttpHeaderNames.CONNECTION, "close")
                .send(ctx, request);
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
        String origin = origins.answerTo(request);
        if (origin != null) {
            response.append("Access-Control-Allow-Origin: ").append(origin).append("\r\nVary: Origin\r\n");
            if (gatekeeper.readsCookie()) {
                response.append("Access-Control-Allow-Credentials: true\r\n");
            }
        }
        return ByteBufUtil.writeAscii(ctx.alloc(), response.append("\r\n"));
    }

    private void preflight(ChannelHandlerContext ctx, HttpRequest request) {
        cors(Reply.of(HttpResponseStatus.NO_CONTENT, "text/plain", new byte[0]), request)
                .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET")
                .header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, LAST_EVENT_ID + ", authorization")
                .header(HttpHeaderNames.ACCESS_CONTROL_MAX_AGE, "86400")
                .send(ctx, request);
    }

    private Reply cors(Reply reply, HttpRequest request) {
        String origin = origins.answerTo(request);
        if (origin == null) {
            return reply;
        }
        if (gatekeeper.readsCookie()) {
            reply.header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        return reply.header(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin).header(HttpHeaderNames.VARY, "Origin");
    }

    private void refuse(ChannelHandlerContext ctx, HttpRequest request, HttpResponseStatus status, String message) {
        metrics.handshake(status.code());
        RefusalLog.refused(ctx, request, status, message);
        Reply reply = Reply.error(status, message);
        (status.equals(HttpResponseStatus.FORBIDDEN) ? reply : cors(reply, request)).send(ctx, request);
    }
}

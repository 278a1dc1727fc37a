package dev.hibiki.gateway.sse;

import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.HttpDate;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.session.http.SessionEntry;
import dev.hibiki.gateway.session.http.StreamRequest;
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
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Answers with a stream of Server-Sent Events (WHATWG HTML, section 9.2). The query is that of a WebSocket; a browser
 * that reconnects by itself sends the id of the last event in {@code Last-Event-ID}. The end of the connection ends the
 * stream, for HTTP/1.0 as well, which many proxies speak to what is behind them.
 */
public final class EventStreamEndpoint implements Endpoint {
    private static final String LAST_EVENT_ID = "last-event-id";
    private static final String RESPONSE = String.join(
            "\r\n",
            "HTTP/1.1 200 OK",
            "Content-Type: " + Reply.EVENT_STREAM,
            "Cache-Control: " + Reply.UNCHANGED,
            "X-Accel-Buffering: no",
            "X-Content-Type-Options: nosniff",
            "Connection: close",
            "");

    private final SessionEntry entry;
    private final EventStreamProtocol protocol;

    /** @param format the one format of all event streams */
    public EventStreamEndpoint(SessionEntry entry, WireFormat format) {
        this.entry = entry;
        this.protocol = new EventStreamProtocol(format);
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        try {
            entry.requireAllowedOrigin(request);
            if (request.method().equals(HttpMethod.OPTIONS)) {
                preflight(ctx, request);
                return;
            }
            entry.requireNotEnding();
            if (request.method().equals(HttpMethod.HEAD)) {
                send(ctx, request, Reply.eventStream(""));
            } else {
                stream(ctx, request, entry.admit(ctx.channel(), request, lastId(request)));
            }
        } catch (RefusedException e) {
            refuse(ctx, request, e);
        }
    }

    private void stream(ChannelHandlerContext ctx, FullHttpRequest request, StreamRequest asked) {
        entry.open(ctx, HttpResponseStatus.OK.code(), response(ctx, request), protocol, asked);
    }

    /**
     * A client that may try again in a moment gets a {@linkplain Refusals#retryStream stream that says when}. Metrics
     * count it under the close code that a WebSocket would get.
     */
    private void refuse(ChannelHandlerContext ctx, FullHttpRequest request, RefusedException refused) {
        CloseCode later = refused.retryCode();
        if (later != null) {
            entry.refusals().refused(ctx, request, refused, later.code());
            send(ctx, request, Refusals.retryStream());
            return;
        }
        entry.refusals().refused(ctx, request, refused);
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
        response.append("Date: ").append(HttpDate.now()).append("\r\n");
        entry.origins()
                .cors(request)
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
        entry.origins().cors(request).forEach(reply::header);
        reply.send(ctx, request);
    }
}

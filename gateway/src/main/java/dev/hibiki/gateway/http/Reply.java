package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One HTTP response, which is built and then sent once. Not thread-safe. */
public final class Reply {
    /** The media type of Server-Sent Events. */
    public static final String EVENT_STREAM = "text/event-stream";

    /**
     * The {@code Cache-Control} of an event stream. Without {@code no-transform} a proxy that compresses keeps events until its
     * compressor has enough of them (RFC 9111, section 5.2.2.6).
     */
    public static final String UNCHANGED = "no-store, no-transform";

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json; charset=utf-8";

    /** Makes a response harmless in a browser that shows it as a page. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

    private final HttpResponseStatus status;
    private final String contentType;
    private final byte[] body;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private @Nullable String error;

    private Reply(HttpResponseStatus status, String contentType, byte[] body) {
        this.status = status;
        this.contentType = contentType;
        this.body = body;
    }

    /** @param line the text without its line feed */
    public static Reply text(HttpResponseStatus status, String line) {
        return new Reply(status, TEXT, (line + '\n').getBytes(StandardCharsets.UTF_8));
    }

    public static Reply json(HttpResponseStatus status, String json) {
        return new Reply(status, JSON, (json + '\n').getBytes(StandardCharsets.UTF_8));
    }

    /** {@code {"error": message}}. */
    public static Reply error(HttpResponseStatus status, String message) {
        Reply reply = json(status, JsonText.object("error", message));
        reply.error = message;
        return reply;
    }

    /**
     * The answer to a request that could not be decoded.
     *
     * @param cause why, from the decoder
     */
    public static Reply undecodable(Throwable cause) {
        if (isTooLarge(cause)) {
            return error(((MalformedHeadException) cause).status(), String.valueOf(cause.getMessage()));
        }
        String detail = cause instanceof MalformedHeadException ? ": " + cause.getMessage() : "";
        return error(HttpResponseStatus.BAD_REQUEST, "not an HTTP/1.1 request this server can read" + detail);
    }

    /** Whether the head of the request exceeds a limit, which the message names. */
    public static boolean isTooLarge(Throwable cause) {
        return cause instanceof MalformedHeadException head && !head.status().equals(HttpResponseStatus.BAD_REQUEST);
    }

    /** Whether the decoder has found TLS instead of a request. */
    public static boolean isTls(Throwable cause) {
        return cause instanceof MalformedHeadException && HeadGrammar.TLS.equals(cause.getMessage());
    }

    public static Reply of(HttpResponseStatus status, String contentType, byte[] body) {
        return new Reply(status, contentType, body);
    }

    /** An event stream that ends with this text. */
    public static Reply eventStream(String events) {
        return of(HttpResponseStatus.OK, EVENT_STREAM, events.getBytes(StandardCharsets.UTF_8))
                .header(HttpHeaderNames.CACHE_CONTROL, UNCHANGED)
                .header("x-accel-buffering", "no");
    }

    public Reply header(CharSequence name, String value) {
        headers.put(name.toString(), value);
        return this;
    }

    /** The message of an {@link #error}; null for other answers. */
    @Nullable String error() {
        return error;
    }

    public HttpResponseStatus status() {
        return status;
    }

    /** The connection ends after this response. */
    public Reply closing() {
        return header(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE.toString());
    }

    /** Sends the response to this request. {@link SerialHttpCodec} decides whether the connection ends afterwards. */
    public void send(ChannelHandlerContext ctx, HttpRequest request) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        ByteBuf content = head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, content);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, contentType)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set("x-content-type-options", "nosniff")
                .set("referrer-policy", "no-referrer")
                .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
                // Most answers show the current state. An endpoint with lasting content sets its own header.
                .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        headers.forEach(response.headers()::set);
        ctx.writeAndFlush(response);
    }
}

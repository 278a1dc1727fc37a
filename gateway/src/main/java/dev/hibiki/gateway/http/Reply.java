package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** One HTTP response, which is built and then sent once. Not thread-safe. */
public final class Reply {
    /** The media type of Server-Sent Events. */
    public static final String EVENT_STREAM = "text/event-stream";

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json; charset=utf-8";

    /** Makes a response harmless in a browser that shows it as a page. */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

    private final HttpResponseStatus status;
    private final String contentType;
    private final byte[] body;
    private final Map<String, String> headers = new LinkedHashMap<>();

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
        return json(status, JsonText.object("error", message));
    }

    public static Reply of(HttpResponseStatus status, String contentType, byte[] body) {
        return new Reply(status, contentType, body);
    }

    public Reply header(CharSequence name, String value) {
        headers.put(name.toString(), value);
        return this;
    }

    public HttpResponseStatus status() {
        return status;
    }

    /** Sends the response to this request, and closes the connection afterwards unless the request keeps it alive. */
    public void send(ChannelHandlerContext ctx, HttpRequest request) {
        boolean head = request.method().equals(HttpMethod.HEAD);
        boolean keepAlive = HttpUtil.isKeepAlive(request)
                && request.decoderResult().isSuccess()
                && !"close".equals(headers.get(HttpHeaderNames.CONNECTION.toString()));
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
        HttpUtil.setKeepAlive(response, keepAlive);
        if (response.headers().contains(HttpHeaderNames.UPGRADE)) { // Connection names it (RFC 9110, section 7.8).
            response.headers().set(HttpHeaderNames.CONNECTION, keepAlive ? "Upgrade" : "close, Upgrade");
        }
        ChannelFuture sent = ctx.writeAndFlush(response);
        if (!keepAlive) {
            sent.addListener(ChannelFutureListener.CLOSE);
        }
    }
}

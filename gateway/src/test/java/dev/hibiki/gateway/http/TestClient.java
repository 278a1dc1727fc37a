package dev.hibiki.gateway.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connection to a router that sends requests and reads responses as objects. Confined to the thread of the test. */
public final class TestClient implements AutoCloseable {
    public final EmbeddedChannel channel;

    public TestClient(Router router) {
        channel = new EmbeddedChannel(router);
    }

    /** The response to a request. */
    public record Answer(int status, String body, HttpHeaders headers) {
        public String header(String name) {
            return String.valueOf(headers.get(name));
        }
    }

    public static FullHttpRequest request(HttpMethod method, String uri, String body, String... headers) {
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, method, uri, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        for (int i = 0; i < headers.length; i += 2) {
            request.headers().set(headers[i], headers[i + 1]);
        }
        return request;
    }

    public Answer get(String uri) {
        return send(request(HttpMethod.GET, uri, ""));
    }

    public Answer post(String uri, String body, String... headers) {
        return send(request(HttpMethod.POST, uri, body, headers));
    }

    public Answer send(FullHttpRequest request) {
        channel.writeInbound(request);
        return Objects.requireNonNull(answer(), "no answer");
    }

    /** The next response that has been sent, or null. */
    public @Nullable Answer answer() {
        channel.runPendingTasks();
        channel.checkException();
        FullHttpResponse response = channel.readOutbound();
        if (response == null) {
            return null;
        }
        try {
            return new Answer(
                    response.status().code(),
                    response.content().toString(StandardCharsets.UTF_8),
                    response.headers().copy());
        } finally {
            response.release();
        }
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}

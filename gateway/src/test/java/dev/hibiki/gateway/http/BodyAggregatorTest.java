package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyAggregatorTest {
    private static final int MAX_BYTES = 8;

    private final EmbeddedChannel channel = new EmbeddedChannel(
            new HttpServerCodec(),
            new BodyAggregator(MAX_BYTES),
            new Router()
                    .postUnder(
                            "/",
                            (ctx, request, path) ->
                                    Reply.text(HttpResponseStatus.OK, "taken").send(ctx, request)));

    private String answerTo(String request) {
        channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        ByteBuf part;
        while ((part = channel.readOutbound()) != null) {
            answer.append(part.toString(StandardCharsets.US_ASCII));
            part.release();
        }
        return answer.toString();
    }

    @ParameterizedTest
    @CsvSource({"12345678, 200 OK, taken", "123456789, 413 Request Entity Too Large, at most 8 bytes"})
    void shouldRefuseATooLargeBodyAndNameTheLimit(String body, String status, String text) {
        String answer = answerTo("POST / HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(answer).startsWith("HTTP/1.1 " + status).contains(text);
        assertThat(answerTo("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n")).startsWith("HTTP/1.1 200 OK");
        channel.finishAndReleaseAll();
    }
}

package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BodyAggregatorTest {
    private static final String POST = "POST /now HTTP/1.1\nHost: h\n";
    private static final String NEXT = "GET /now HTTP/1.1\nHost: h\n\n";

    private final TestPipeline http = new TestPipeline();

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void shouldTakeABodyUpToTheLimit() {
        http.receive(POST + "Content-Length: 8\n\n12345678" + POST + "Transfer-Encoding: chunked\n\n");
        http.receive("3\n123\n5;a=b\n45678\n0\nA: b\n\n" + NEXT);

        assertThat(http.answers()).isEqualTo("200 200 200");
        assertThat(http.requests).isEqualTo(List.of("/now12345678", "/now12345678", "/now"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 9\n\n123456789",
                "Content-Length: 9\n\n",
                "Content-Length: 9223372036854775807\n\n",
                "Expect: 100-continue\nContent-Length: 9\n\n",
                "Transfer-Encoding: chunked\n\n8\n12345678\n1\n9\n0\n\n",
                "Transfer-Encoding: chunked\n\n7fffffff\n123456789"
            })
    void shouldRefuseATooLargeBodyAsSoonAsItIsKnownAndReadNothingBehind(String rest) {
        http.receive(POST + rest);
        http.receive(NEXT);

        assertThat(http.answers()).isEqualTo("413 end");
        assertThat(http.sent).contains("at most 8 bytes").contains("connection: close\r\n");
        assertThat(http.requests).isEmpty();
    }

    @Test
    void shouldAskForABodyThatWaitsForThat() {
        http.receive(POST + "Expect: 100-continue\nContent-Length: 2\n\n");
        assertThat(http.answers()).isEqualTo("100");
        http.receive("12" + POST + "Expect: 100-Continue\n\n");

        assertThat(http.answers()).isEqualTo("100 200 200");
    }

    @ParameterizedTest
    @CsvSource({
        "Expect: cheese, 417",
        "'Expect: 100-continue\nExpect: cheese', 417",
        "Expect: 100-continue;x, 417",
        "Content-Encoding: gzip, 415",
        "'Content-Encoding: identity, gzip', 415",
        "'Transfer-Encoding: gzip, chunked', 501",
        "'Transfer-Encoding: gzip\nTransfer-Encoding: chunked', 501",
        "'Transfer-Encoding: identity, chunked', 501",
    })
    void shouldRefuseWhatItDoesNotKnowAndReadNothingBehind(String header, int status) {
        String length = header.startsWith("Transfer") ? "" : "Content-Length: 44\n";
        http.receive(POST + header + '\n' + length + '\n' + NEXT + NEXT);

        assertThat(http.answers()).isEqualTo(status + " end");
        assertThat(http.requests).isEmpty();
    }

    @Test
    void shouldSayWhichEncodingItTakes() {
        http.receive(POST + "Content-Encoding: br\nContent-Length: 1\n\n");

        assertThat(http.sent).contains("accept-encoding: identity\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Content-Encoding: gzip", "Content-Encoding: Identity\nContent-Length: 1", "Expect: 100-continue"
            })
    void shouldTakeWhatSaysNothingAboutABody(String header) {
        http.receive(POST + header + "\n\n");
        http.receive("1");

        assertThat(http.requests).hasSize(1);
    }

    @Test
    void shouldIgnoreAnExpectationOfHttp10() {
        http.receive("POST /now HTTP/1.0\nExpect: cheese\nContent-Length: 1\n\n1");

        assertThat(http.answers()).isEqualTo("200 end");
    }

    @Test
    void shouldKeepNothingOfABodyWhoseClientIsGone() {
        http.receive(POST + "Content-Length: 5\n\n12");
        http.channel.close();

        assertThat(http.answers()).isEqualTo("end"); // The leak detector is paranoid in tests.
        assertThat(http.requests).isEmpty();
    }

    @Test
    void shouldShareTheMemoryOfBodiesAmongConnections() {
        BodyAggregator.Budget budget = new BodyAggregator.Budget(10);
        EmbeddedChannel first = new EmbeddedChannel(new BodyAggregator(8, null, request -> true, budget));
        EmbeddedChannel second = new EmbeddedChannel(new BodyAggregator(8, null, request -> true, budget));
        first.writeInbound(post(), part("123456"));
        second.writeInbound(post(), part("12345"));
        assertThat(second.<HttpResponse>readOutbound().status().code()).isEqualTo(503);

        first.writeInbound(LastHttpContent.EMPTY_LAST_CONTENT);
        assertThat(first.<FullHttpRequest>readInbound().release()).isTrue();
        EmbeddedChannel third = new EmbeddedChannel(new BodyAggregator(8, null, request -> true, budget));
        third.writeInbound(post(), part("12345678"));
        assertThat(third.<Object>readOutbound()).isNull();
        third.close();
        EmbeddedChannel fourth = new EmbeddedChannel(new BodyAggregator(8, null, request -> true, budget));
        fourth.writeInbound(post(), part("12345678"), LastHttpContent.EMPTY_LAST_CONTENT);
        assertThat(fourth.<FullHttpRequest>readInbound().release()).isTrue();
        second.finishAndReleaseAll();
    }

    private static HttpRequest post() {
        return new DefaultHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                "/now",
                new DefaultHttpHeaders().set("Host", "h").set("Transfer-Encoding", "chunked"));
    }

    private static HttpContent part(String bytes) {
        return new DefaultHttpContent(Unpooled.copiedBuffer(bytes, StandardCharsets.US_ASCII));
    }
}

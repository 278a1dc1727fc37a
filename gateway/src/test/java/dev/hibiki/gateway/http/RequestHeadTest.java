package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link HeadGrammar}, {@link RequestTarget} and {@link RequestRules}. A line feed in a test stands for CR LF, {@code ~} for a bare LF. */
class RequestHeadTest {
    private final TestPipeline http = new TestPipeline();

    @AfterEach
    void close() {
        http.close();
    }

    private String answersTo(String request) {
        http.receive(request);
        return http.answers();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /now HTTP/1.1\nHost: h\n\n",
                "\n\nGET /now HTTP/1.1\nHost: h\n\n",
                "GET /now HTTP/1.1\nhOST:h:80\n\n",
                "GET /now HTTP/1.1\nHost: [2001:db8::1]:8080\n\n",
                "GET /now HTTP/1.1\nHost:\n\n",
                "GET /now?a=b|{c} HTTP/1.1\nHost: h\nX: \t a \u00e9\tb \nY:\n\n",
                "GET /now HTTP/1.0\n\n",
                "GET http://h/now HTTP/1.1\nHost: h\n\n",
                "GET HTTP://other:81/now?x=/ HTTP/1.1\nHost: h\n\n",
                "GET https://[::1]/now HTTP/1.0\n\n"
            })
    void shouldTakeAValidHead(String request) {
        assertThat(answersTo(request)).startsWith("200");
        assertThat(http.requests).hasSize(1);
        assertThat(http.requests.get(0)).startsWith("/now");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\n\n",
                "GET /now\n\n",
                "GET  /now HTTP/1.1\nHost: h\n\n",
                "GET /now  HTTP/1.1\nHost: h\n\n",
                "GET /now HTTP/1.1 \nHost: h\n\n",
                "GET\t/now HTTP/1.1\nHost: h\n\n",
                " GET /now HTTP/1.1\nHost: h\n\n",
                "GET /now http/1.1\nHost: h\n\n",
                "GET /now HTTP/1.11\nHost: h\n\n",
                "G(T /now HTTP/1.1\nHost: h\n\n",
                "GET /n\u00e9 HTTP/1.1\nHost: h\n\n",
                "GET /now#x HTTP/1.1\nHost: h\n\n",
                "GET /no\u0000w HTTP/1.1\nHost: h\n\n",
                "GET /now HTTP/1.1~Host: h\n\n",
                "GET /now HTTP/1.1\nHost: h~A: b\n\n",
                "GET /now HTTP/1.1\nHost: h\n~",
                "GET /now HTTP/1.1\nHost: h\rA: b\n\n",
                "GET /now HTTP/1.1\nHost : h\n\n",
                "GET /now HTTP/1.1\nHost\t: h\n\n",
                "GET /now HTTP/1.1\n Host: h\n\n",
                "GET /now HTTP/1.1\nHost: h\nA: b\n c\n\n",
                "GET /now HTTP/1.1\nHost: h\nTransfer-Encoding:\n chunked\n\n0\n\n",
                "GET /now HTTP/1.1\nHost: h\n: b\n\n",
                "GET /now HTTP/1.1\nHost: h\nA\n\n",
                "GET /now HTTP/1.1\nHost: h\nA b: c\n\n",
                "GET /now HTTP/1.1\nHost: h\nA: b\u0000c\n\n",
                "GET /now HTTP/1.1\nHost: h\nA: b\u000bc\n\n",
                "GET /now HTTP/1.1\nHost: h\nA: b\u007fc\n\n"
            })
    void shouldRefuseAHeadThatAProxyMayReadInAnotherWay(String request) {
        assertThat(answersTo(request)).isEqualTo("400 end");
        assertThat(http.requests).isEmpty();
        assertThat(http.sent).contains("not an HTTP/1.1 request this server can read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET /sse?channels=\u00e9 HTTP/1.1 | percent codes, such as %E5%8B%95",
                "GET /now#x HTTP/1.1 | a character that no request target may have",
                "'\u0016\u0003\u0001' | it is TLS, and this port has none (expected: http:// or ws:// here)"
            })
    void shouldSayWhatToDoAboutBytesThatAreNoRequest(String line, String advice) {
        assertThat(answersTo(line + "\nHost: h\n\n")).isEqualTo("400 end");
        assertThat(http.sent).contains(advice);
    }

    @ParameterizedTest
    @CsvSource({
        "GET /now HTTP/1.1, '', 400, Host is missing",
        "GET /now HTTP/1.1, 'Host: h\nHost: h', 400, more than one Host",
        "GET /now HTTP/1.0, 'Host: h\nHost: i', 400, more than one Host",
        "GET /now HTTP/1.1, Host: a b, 400, Host (expected",
        "GET /now HTTP/1.1, Host: u@h, 400, Host (expected",
        "GET /now HTTP/1.1, Host: h:8x, 400, Host (expected",
        "GET /now HTTP/1.1, Host: h/x, 400, Host (expected",
        "GET /now HTTP/1.1, Host: [::1, 400, Host (expected",
        "GET http://h/now HTTP/1.1, '', 400, Host is missing",
        "GET http:///now HTTP/1.1, Host: h, 400, the target",
        "GET http://u@h/now HTTP/1.1, Host: h, 400, the target",
        "GET ftp://h/now HTTP/1.1, Host: h, 400, the target",
        "GET now HTTP/1.1, Host: h, 400, the target",
        "GET * HTTP/1.1, Host: h, 400, the target",
        "CONNECT h:443 HTTP/1.1, Host: h, 501, not a proxy",
        "GET /now HTTP/1.2, Host: h, 505, HTTP/1.2",
        "GET /now HTTP/9.9, Host: h, 505, HTTP/9.9",
        "PRI * HTTP/2.0, '', 505, HTTP/2.0",
        "GET /now HTTP/0.9, Host: h, 505, HTTP/0.9",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length: 1\nContent-Length: 1', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length: 1, 1', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.0, 'Content-Length: 0\nContent-Length: 40', 400, more than one Content-Length",
        "GET /now HTTP/1.0, 'Content-Length: 0, 40', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length: +1', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length: 0x1', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length:', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length: 9223372036854775808', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nContent-Length: 5\nTransfer-Encoding: chunked', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nTransfer-Encoding: gzip', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nTransfer-Encoding: chunked, gzip', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nTransfer-Encoding: chunked, chunked', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nTransfer-Encoding: xchunked', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.0, 'Host: h\nTransfer-Encoding: chunked', 400, not an HTTP/1.1 request",
        "GET /now HTTP/1.1, 'Host: h\nSec-WebSocket-Key1: a\nSec-WebSocket-Key2: b', 400, Sec-WebSocket-Key1",
    })
    void shouldRefuseAndReadNothingBehind(String line, String headers, int status, String text) {
        String head = line + '\n' + (headers.isEmpty() ? "" : headers + '\n') + '\n';

        assertThat(answersTo(head + "GET /now HTTP/1.1\nHost: h\n\n")).isEqualTo(status + " end");
        assertThat(http.sent).contains(text);
        assertThat(http.requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x\n1\n0\n\n",
                "-1\n1\n0\n\n",
                "1 \n1\n0\n\n",
                "\n1\n0\n\n",
                "100000000\n1\n0\n\n",
                "1\n12\n0\n\n",
                "1;a=\"\u0001\"\n1\n0\n\n",
                "1\n1\n0\nA b: c\n\n"
            })
    void shouldRefuseAMalformedChunk(String chunks) {
        assertThat(answersTo("POST /now HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n" + chunks))
                .isEqualTo("400 end");
        assertThat(http.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GET /x HTTP/1.1, 414, the first line of the request is too long, 4096",
        "'GET /now HTTP/1.1\nHost: h\nA: x', 431, the headers of the request are too large, 8192",
        "'POST /now HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n1;x', 400, the first line of a chunk is too long, 4096",
        "'POST /now HTTP/1.1\nHost: h\nTransfer-Encoding: chunked\n\n0\nA: x', 431, the trailers of the request are too large,"
                + " 8192"
    })
    void shouldRefuseALineThatIsTooLongAndNameTheLimit(String request, int status, String problem, int limit) {
        assertThat(answersTo(request.replace("x", "x".repeat(10_000)) + "\n\n")).isEqualTo(status + " end");
        assertThat(http.sent).contains(problem + " (expected: at most " + limit + " bytes)");
        assertThat(http.requests).isEmpty();
    }

    @Test
    void shouldTakeTheHostOfAnAbsoluteTarget() {
        http.channel
                .pipeline()
                .addBefore(
                        http.channel.pipeline().context(Router.class).name(),
                        "host",
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object message) {
                                http.requests.add(
                                        ((HttpRequest) message).headers().get("Host"));
                                ctx.fireChannelRead(message);
                            }
                        });
        http.receive("GET http://real:81/now HTTP/1.1\nHost: claimed\n\n");

        assertThat(http.requests).containsExactly("real:81", "/now");
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS *", "OPTIONS http://h", "OPTIONS http://h:80"})
    void shouldAnswerForTheServerAsAWhole(String line) {
        assertThat(answersTo(line + " HTTP/1.1\nHost: h\n\n")).isEqualTo("204");
        assertThat(http.sent).contains("allow: GET, HEAD, OPTIONS, POST\r\n").doesNotContain("content-length");
    }

    /** The grammar must not depend on where the network cuts the bytes. */
    @Test
    void shouldReadAHeadByteByByte() {
        String requests =
                "\nPOST /now HTTP/1.1\nHost: h\nContent-Length: 3\n\nabcGET http://h/now HTTP/1.1\nHost: h\n\n"
                        .replace("\n", "\r\n");
        IntStream.range(0, requests.length()).forEach(i -> {
            http.channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) requests.charAt(i)}));
        });
        http.receive("GET /now HTTP/1.1\n Host: h\n\n");

        assertThat(http.answers()).isEqualTo("200 200 400 end");
        assertThat(http.requests).containsExactly("/nowabc", "/now");
    }
}

package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.LogCapture;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
    private final TestClient client = new TestClient(new Router()
            .get("/", naming("root"))
            .get("/page", naming("page"))
            .on("/both", Set.of(HttpMethod.PUT, HttpMethod.DELETE), naming("both"))
            .postUnder("/publish/", naming("publish"))
            .postUnder("/publish/special/", naming("special")));

    @AfterEach
    void close() {
        client.close();
    }

    private static Endpoint naming(String name) {
        return (ctx, request, path) ->
                Reply.text(HttpResponseStatus.OK, name + ' ' + path).send(ctx, request);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, root /",
        "GET, /?a=b, root /",
        "GET, /?t=%, root /",
        "POST, /publish/a+b%2Bc?d, publish /publish/a+b+c",
        "GET, /page, page /page",
        "GET, /%70age, page /page",
        "PUT, /both, both /both",
        "DELETE, /both, both /both",
        "POST, /publish/a:b, publish /publish/a:b",
        "POST, /publish/%E6%96%B0, publish /publish/新",
        "POST, /publish/, publish /publish/",
        "POST, /publish/special/x, special /publish/special/x",
        "POST, /publish/special, publish /publish/special",
        "POST, /publish/zebra, publish /publish/zebra"
    })
    void shouldPreferTheExactPathToTheLongestPrefix(String method, String uri, String expected) {
        TestClient.Answer answer = client.send(TestClient.request(HttpMethod.valueOf(method), uri, ""));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(expected + "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization",
                "Content-Type",
                "Last-Event-ID",
                "Origin",
                "Sec-Fetch-Site",
                "Sec-WebSocket-Key",
                "Sec-WebSocket-Version"
            })
    void shouldRefuseTwoOfAHeaderThatHasNoListAsValue(String name) {
        for (String second : List.of(name, name.toLowerCase(Locale.ROOT))) {
            FullHttpRequest request = TestClient.request(HttpMethod.GET, "/page", "", name, "x");
            request.headers().add(second, "x");
            assertThat(client.send(request).body())
                    .isEqualTo("{\"error\":\"more than one " + name + " (expected: one)\"}\n");
        }
        FullHttpRequest lists =
                TestClient.request(HttpMethod.GET, "/page", "", name, "x", "Connection", "a", "Cookie", "b");
        lists.headers().add("Connection", "Upgrade").add("Cookie", "c").add("Sec-WebSocket-Protocol", "a, b");
        assertThat(client.send(lists).status()).isEqualTo(200);
    }

    @Test
    void shouldAnswerHeadLikeGetWithoutABody() {
        TestClient.Answer answer = client.send(TestClient.request(HttpMethod.HEAD, "/page", ""));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.header("content-length")).isEqualTo("11");
    }

    @ParameterizedTest
    @CsvSource({"/no", "/page/", "/publish", "/PAGE"})
    void shouldAnswerAnUnknownPathWith404(String uri) {
        TestClient.Answer answer = client.get(uri);

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"nothing at " + uri
                        + " (there is: / /both /page /publish/special/… /publish/…)\"}\n");
    }

    @ParameterizedTest
    @CsvSource({"POST, /page, 'GET, HEAD'", "GET, /both, 'DELETE, PUT'", "GET, /publish/a, POST"})
    void shouldListTheAllowedMethodsOfAPath(String method, String uri, String allowed) {
        TestClient.Answer answer = client.send(TestClient.request(HttpMethod.valueOf(method), uri, ""));

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"" + method + " is not for " + uri + " (expected: " + allowed + ")\"}\n");
        assertThat(answer.header("allow")).isEqualTo(allowed);
    }

    @Test
    void shouldRefuseARequestThatTheCodecCannotDecode() {
        FullHttpRequest request = TestClient.request(HttpMethod.GET, "/page", "");
        request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("bad")));

        TestClient.Answer answer = client.send(request);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.header("connection")).isEqualTo("close");
    }

    @ParameterizedTest
    @CsvSource({
        "/%, a % is not followed by two hexadecimal digits (expected: %25 for a %)",
        "/%zz, a % is not followed by two hexadecimal digits (expected: %25 for a %)",
        "/publish/a%2, a % is not followed by two hexadecimal digits (expected: %25 for a %)",
        "/publish/%83%41, 'its percent codes are not UTF-8 (expected: percent codes of UTF-8, such as %E5%8B%95 for 動)'"
    })
    void shouldSayWhyAPathCannotBeDecoded(String path, String problem) {
        TestClient.Answer answer = client.get(path + "?a=%");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body())
                .isEqualTo("{\"error\":\"the path " + path + " cannot be decoded: " + problem + "\"}\n");
        assertThat(client.get("/page").status()).isEqualTo(200);
    }

    @Test
    void shouldAnswerForTheServerAsAWhole() {
        TestClient.Answer answer = client.send(TestClient.request(HttpMethod.OPTIONS, "*", ""));

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("allow")).isEqualTo("DELETE, GET, HEAD, OPTIONS, POST, PUT");
    }

    @Test
    void shouldAnswerARequestWhoseEndpointFails() {
        try (LogCapture log = LogCapture.startOfEverything();
                TestClient failing = new TestClient(new Router().get("/", (ctx, request, path) -> {
                    throw new IllegalStateException("on purpose");
                }))) {
            TestClient.Answer answer = failing.get("/");

            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.header("connection")).isEqualTo("close");
            assertThat(answer.body()).doesNotContain("on purpose");
            assertThat(log.linesWith("on purpose")).hasSize(1);
        }
    }

    @Test
    void shouldCloseAConnectionThatFails() {
        client.channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));

        assertThat(client.channel.isOpen()).isFalse();
    }

    @Test
    void shouldForbidBrowsersToGuessTheType() {
        assertThat(client.get("/page").header("x-content-type-options")).isEqualTo("nosniff");
        assertThat(client.get("/page").header("content-type")).isEqualTo("text/plain; charset=utf-8");
        assertThat(client.get("/no").header("content-type")).isEqualTo("application/json; charset=utf-8");
    }
}

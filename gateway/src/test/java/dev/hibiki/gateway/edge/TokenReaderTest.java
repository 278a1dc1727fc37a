package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.auth.TestTokens;
import dev.hibiki.gateway.auth.TokenException;
import dev.hibiki.gateway.config.AuthSettings;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenReaderTest {
    private static final String TOKEN = TestTokens.hs256(100, "'sub':'u'");

    private final GatewayMetrics metrics = new GatewayMetrics();

    @AfterEach
    void close() {
        metrics.close();
    }

    private TokenReader reader(@Nullable String cookie, boolean inQuery) {
        return new TokenReader(
                TestTokens.authenticator(metrics, System::currentTimeMillis),
                new AuthSettings.Jwt(null, null, null, null, null, 0, cookie, inQuery));
    }

    private static HttpRequest request(String uri, String... headers) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, uri);
        for (int i = 0; i < headers.length; i += 2) {
            request.headers().add(headers[i], headers[i + 1]);
        }
        return request;
    }

    private static String outcome(TokenReader reader, HttpRequest request) {
        TokenException refused = catchThrowableOfType(TokenException.class, () -> reader.verify(request));
        return refused == null ? "ok" : refused.reason().label();
    }

    @Test
    void shouldFindTheTokenInTheHeaderAndInTheSubprotocol() {
        TokenReader reader = reader(null, false);

        assertThat(outcome(reader, request("/", "Authorization", "bearer  " + TOKEN)))
                .isEqualTo("ok");
        assertThat(outcome(reader, request("/", "Sec-WebSocket-Protocol", "hibiki.v1, bearer." + TOKEN)))
                .isEqualTo("ok");
        assertThat(outcome(
                        reader,
                        request(
                                "/",
                                "Sec-WebSocket-Protocol",
                                "hibiki.v1",
                                "Sec-WebSocket-Protocol",
                                "bearer." + TOKEN)))
                .isEqualTo("ok");
        assertThat(outcome(reader, request("/", "Authorization", "Basic " + TOKEN)))
                .isEqualTo("missing");
    }

    @Test
    void shouldFindTheTokenInTheCookieOnlyWhenItsNameIsConfigured() {
        HttpRequest request = request("/", "Cookie", "a=b; session=" + TOKEN + "; c=d");

        assertThat(outcome(reader("session", false), request)).isEqualTo("ok");
        assertThat(outcome(reader("other", false), request)).isEqualTo("missing");
        assertThat(outcome(reader(null, false), request)).isEqualTo("missing");
    }

    @Test
    void shouldFindTheTokenInTheQueryOnlyWhenThatIsEnabled() {
        HttpRequest request = request("/?region=JP&token=" + TOKEN);

        assertThat(outcome(reader(null, true), request)).isEqualTo("ok");
        assertThat(outcome(reader(null, false), request)).isEqualTo("missing");
        assertThat(outcome(reader(null, true), request("/?a=%ZZ"))).isEqualTo("missing");
        assertThat(outcome(reader(null, false), request("/?token=%ZZ"))).isEqualTo("missing");
        assertThatThrownBy(() -> reader(null, true).verify(request("/?token=s3cret%")))
                .isInstanceOf(TokenException.class)
                .hasMessage("the parameter token cannot be decoded: a % is not followed by two hexadecimal digits"
                        + " (expected: %25 for a %)");
        assertThat(metrics.scrape()).contains("hibiki_tokens_total{result=\"malformed\"} 1.0");
        assertThat(outcome(reader(null, true), request("/?last_id=%ZZ&token=" + TOKEN)))
                .isEqualTo("ok");
    }

    @Test
    void shouldSayWhereATokenIsLookedFor() {
        String header = "a token is missing (expected: the header Authorization: Bearer TOKEN, or in the"
                + " Sec-WebSocket-Protocol bearer.TOKEN";

        assertThat(refusal(reader("session", true), "/sse"))
                .isEqualTo(header + ", or the cookie session, or ?token=TOKEN)");
        assertThat(refusal(reader(null, false), "/sse?a=1")).isEqualTo(header + ")");
        assertThat(refusal(reader(null, false), "/sse?a=1&token=" + TOKEN))
                .isEqualTo(header + "; ?token= only with --jwt-in-query true)");
    }

    private static String refusal(TokenReader reader, String uri) {
        return catchThrowableOfType(TokenException.class, () -> reader.verify(request(uri)))
                .getMessage();
    }

    @Test
    void shouldPreferTheHeaderToTheCookieAndTheCookieToTheQuery() {
        assertThat(outcome(
                        reader("session", true),
                        request("/?token=x", "Authorization", "Bearer " + TOKEN, "Cookie", "session=x")))
                .isEqualTo("ok");
        assertThat(outcome(reader("session", true), request("/?token=" + TOKEN, "Cookie", "session=x")))
                .isEqualTo("malformed");
    }

    @Test
    void shouldRequireNoTokenWhenNoneIsConfigured() throws TokenException {
        assertThat(new TokenReader(null, null).verify(request("/"))).isNull();
    }
}

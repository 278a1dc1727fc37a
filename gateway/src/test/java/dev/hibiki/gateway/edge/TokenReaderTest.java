package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
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

    private TokenReader gatekeeper(@Nullable String cookie, boolean inQuery) {
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

    private static String outcome(TokenReader gatekeeper, HttpRequest request) {
        TokenException refused = catchThrowableOfType(TokenException.class, () -> gatekeeper.verify(request));
        return refused == null ? "ok" : refused.reason().label();
    }

    @Test
    void shouldFindTheTokenInTheHeaderAndInTheSubprotocol() {
        TokenReader gatekeeper = gatekeeper(null, false);

        assertThat(outcome(gatekeeper, request("/", "Authorization", "bearer  " + TOKEN)))
                .isEqualTo("ok");
        assertThat(outcome(gatekeeper, request("/", "Sec-WebSocket-Protocol", "hibiki.v1, bearer." + TOKEN)))
                .isEqualTo("ok");
        assertThat(outcome(
                        gatekeeper,
                        request(
                                "/",
                                "Sec-WebSocket-Protocol",
                                "hibiki.v1",
                                "Sec-WebSocket-Protocol",
                                "bearer." + TOKEN)))
                .isEqualTo("ok");
        assertThat(outcome(gatekeeper, request("/", "Authorization", "Basic " + TOKEN)))
                .isEqualTo("missing");
    }

    @Test
    void shouldFindTheTokenInTheCookieOnlyWhereItHasAName() {
        HttpRequest request = request("/", "Cookie", "a=b; session=" + TOKEN + "; c=d");

        assertThat(outcome(gatekeeper("session", false), request)).isEqualTo("ok");
        assertThat(outcome(gatekeeper("other", false), request)).isEqualTo("missing");
        assertThat(outcome(gatekeeper(null, false), request)).isEqualTo("missing");
    }

    @Test
    void shouldFindTheTokenInTheQueryOnlyWhereThatIsSwitchedOn() {
        HttpRequest request = request("/?region=JP&token=" + TOKEN);

        assertThat(outcome(gatekeeper(null, true), request)).isEqualTo("ok");
        assertThat(outcome(gatekeeper(null, false), request)).isEqualTo("missing");
        assertThat(outcome(gatekeeper(null, true), request("/?a=%ZZ"))).isEqualTo("missing");
    }

    @Test
    void shouldTakeWhatAClientSetsBeforeWhatItsBrowserSends() {
        assertThat(outcome(
                        gatekeeper("session", true),
                        request("/?token=x", "Authorization", "Bearer " + TOKEN, "Cookie", "session=x")))
                .isEqualTo("ok");
        assertThat(outcome(gatekeeper("session", true), request("/?token=" + TOKEN, "Cookie", "session=x")))
                .isEqualTo("malformed");
    }

    @Test
    void shouldAskForNothingWhereNothingIsConfigured() throws TokenException {
        assertThat(new TokenReader(null, null).verify(request("/"))).isNull();
    }
}

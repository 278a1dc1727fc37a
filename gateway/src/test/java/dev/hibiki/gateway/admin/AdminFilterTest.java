package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests on the admin port are not those of a web page. */
class AdminFilterTest {
    private static final String OTHER = "\"a page of another origin may not change anything here\"";

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final EmbeddedChannel channel = new EmbeddedChannel(
            new AdminFilter(Set.of("gw-1.internal", "xn--hib-tma.example"), new AdminRefusals(metrics)));

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        metrics.close();
    }

    /** Empty when the request is passed on; else the status and the body. */
    private String answer(String method, String target, String... headers) {
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), target, Unpooled.buffer(1));
        for (int i = 0; i < headers.length; i += 2) {
            request.headers().add(headers[i], headers[i + 1]);
        }
        channel.writeInbound(request);
        FullHttpRequest passed = channel.readInbound();
        FullHttpResponse refused = channel.readOutbound();
        if (passed != null) {
            assertThat(refused).isNull();
            passed.release();
            return "";
        }
        String text = refused.status().code() + " " + refused.content().toString(StandardCharsets.UTF_8);
        refused.release();
        assertThat(request.refCnt()).isZero();
        return text;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "127.0.0.1:9765",
                "10.1.2.3:80",
                "255.255.255.255:",
                "[::1]",
                "[::1]:9765",
                "[2001:db8::7]:1",
                "[::ffff:10.0.0.1]",
                "localhost",
                "LocalHost:9765",
                "gw-1.internal",
                "GW-1.Internal:1",
                "xn--hib-tma.example:65535"
            })
    void shouldServeAddressesLocalhostAndTheConfiguredNames(String host) {
        for (String method : new String[] {"GET", "HEAD", "OPTIONS", "POST"}) {
            assertThat(answer(method, "/sessions", "Host", host)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:9765",
                "localhost.evil.example",
                "evil.localhost",
                "localhost@evil.example",
                "evil.example:80@localhost",
                "127.0.0.1.evil.example",
                "127.0.0.1@evil.example",
                "1.2.3",
                "1.2.3.4.5",
                "256.0.0.1",
                "0x7f.0.0.1",
                "2130706433",
                "::1",
                "[::1",
                "[::1]x",
                "[::g]",
                "[evil.example]",
                "[127.0.0.1]",
                "localhost:x",
                "localhost:9765:1",
                "localhost:999999",
                "localhost/",
                "localhost evil.example",
                "gw-1",
                "a.gw-1.internal",
                "gw-1.internal.evil.example",
                "*.internal",
                ""
            })
    void shouldRefuseAnyOtherHostWhateverThePathAndMethod(String host) {
        for (String method : new String[] {"GET", "HEAD", "OPTIONS", "POST", "DELETE", "PROPFIND"}) {
            for (String path :
                    new String[] {"/sessions", "/metrics", "/drain", "/", "/nothing", "/healthz/", "/HEALTHZ"}) {
                String answer = answer(method, path, "Host", host);
                assertThat(answer).as("%s %s", method, path).startsWith("403 ");
                assertThat(answer).as("%s %s", method, path).contains(method.equals("HEAD") ? "" : "--admin-name");
            }
        }
        assertThat(answer("GET", "/sessions", "Host", "localhost", "Host", host))
                .startsWith("403 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/healthz", "/readyz", "/readyz?x=/sessions", "/intake", "/intake?a"})
    void shouldServeThePathsOfProxiesPeersAndSupervisorsWhateverTheHost(String target) {
        assertThat(answer("GET", target, "Host", "hibiki")).isEmpty();
        assertThat(answer("HEAD", target, "Host", "evil.example:1")).isEmpty();
        assertThat(answer("OPTIONS", target)).isEmpty();
    }

    @Test
    void shouldServeARequestWithoutHostWhichNoBrowserSends() {
        assertThat(answer("GET", "/sessions")).isEmpty();
        assertThat(answer("POST", "/drain")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // Host, Origin, Sec-Fetch-Site, passed
                "localhost:9765, -, -, true",
                "localhost:9765, http://localhost:9765, -, true",
                "localhost:9765, http://LOCALHOST:9765, same-origin, true",
                "LOCALHOST:9765, http://localhost:9765, none, true",
                "localhost:9765, -, same-origin, true",
                "localhost:9765, -, none, true",
                "localhost, http://localhost, -, true",
                "localhost:80, http://localhost, -, true",
                "localhost, http://localhost:80, -, true",
                "[::1]:9765, http://[::1]:9765, -, true",
                "gw-1.internal:9765, http://gw-1.internal:9765, -, true",
                "localhost:9765, null, -, false",
                "localhost:9765, null, same-origin, false",
                "localhost:9765, '', -, false",
                "localhost:9765, https://localhost:9765, -, false",
                "localhost:9765, http://localhost:8080, -, false",
                "localhost:9765, http://localhost, -, false",
                "localhost, http://localhost:9765, -, false",
                "localhost:9765, http://127.0.0.1:9765, -, false",
                "localhost:9765, http://localhost:9765/, -, false",
                "localhost:9765, http://evil.example, -, false",
                "localhost:9765, https://evil.example/.localhost:9765, -, false",
                "localhost:9765, http://localhost:9765, same-site, false",
                "localhost:9765, -, same-site, false",
                "localhost:9765, -, cross-site, false",
                "localhost:9765, -, Same-Origin, false",
                "localhost:9765, -, 'same-origin, none', false",
                "localhost:9765, -, '', false",
                "localhost:9765, -, unheard-of, false",
                "-, http://localhost:9765, -, false",
                "-, http://, -, false"
            })
    void shouldLetAPageChangeSomethingOnlyWhenItIsOurs(String host, String origin, String site, boolean passed) {
        String[] headers = new String[(host == null ? 0 : 2) + (origin == null ? 0 : 2) + (site == null ? 0 : 2)];
        int next = 0;
        String[][] all = {{"Host", host}, {"Origin", origin}, {"Sec-Fetch-Site", site}};
        for (String[] header : all) {
            if (header[1] != null) {
                headers[next++] = header[0];
                headers[next++] = header[1];
            }
        }
        for (String method : new String[] {"POST", "PUT", "DELETE", "BREW"}) {
            String answer = answer(method, "/publish/ch", headers);
            assertThat(answer).as(method).isEqualTo(passed ? "" : "403 {\"error\":" + OTHER + "}\n");
        }
        assertThat(answer("GET", "/sessions", headers)).isEmpty();
    }

    @Test
    void shouldRefuseAChangeWithTwoOfAHeader() {
        String own = "http://localhost";
        assertThat(answer("POST", "/drain", "Host", "localhost", "Origin", own, "Origin", own))
                .startsWith("403 ");
        assertThat(answer("POST", "/drain", "Host", "localhost", "Sec-Fetch-Site", "none", "Sec-Fetch-Site", "none"))
                .startsWith("403 ");
    }

    @Test
    void shouldCountWhatItRefuses() {
        assertThat(metrics.scrape())
                .contains("hibiki_admin_refused_total{reason=\"host\"} 0.0")
                .contains("hibiki_admin_refused_total{reason=\"page\"} 0.0");
        answer("GET", "/", "Host", "evil.example");
        answer("POST", "/drain", "Origin", "null");
        assertThat(metrics.scrape())
                .contains("hibiki_admin_refused_total{reason=\"host\"} 1.0")
                .contains("hibiki_admin_refused_total{reason=\"page\"} 1.0");
    }
}

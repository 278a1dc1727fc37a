package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private final Origins origins =
            new Origins(List.of("https://example.com", "https://*.video.example", "http://localhost:3000"), false);

    private static HttpRequest from(@Nullable String origin) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        if (origin != null) {
            request.headers().set(HttpHeaderNames.ORIGIN, origin);
        }
        return request;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com",
                "HTTPS://Example.COM",
                "https://a.video.example",
                "https://a.b.video.example",
                "http://localhost:3000"
            })
    void shouldAllowListedOrigins(String origin) {
        assertThat(origins.allows(from(origin))).isTrue();
        assertThat(origins.cors(from(origin)))
                .containsOnly(entry("access-control-allow-origin", origin), entry("vary", "Origin"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.com",
                "https://example.com:8443",
                "https://sub.example.com",
                "https://video.example",
                "https://evilvideo.example",
                "https://a.video.example.evil.com",
                "https://a.video.example:8443",
                "http://localhost",
                "null",
                "file://",
                "capacitor://localhost",
                "http://example.com:443",
                "https://example.com:80",
                "",
                "://*.video.example",
                "https://*",
                "https://evil.example/.video.example",
                "https://evil.example:80.video.example",
                "https://evil.example?.video.example",
                "https://evil.example#.video.example",
                "https://evil.example@a.video.example",
                "https://evil.example\\.video.example",
                "https://evil.example%2f.video.example",
                "https://evil.example .video.example",
                "https://[::1].video.example",
                "https://.video.example",
                "https://a..video.example",
                "https://a.video.example:",
                "https://a.video.example:123456",
                "https://a.video.example/",
                "https://example.com/",
                "https://ａ.video.example"
            })
    void shouldRefuseOtherOrigins(String origin) {
        assertThat(origins.allows(from(origin))).isFalse();
        assertThat(origins.cors(from(origin))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://example.com:443",
                "http://local.example:80",
                "http://[::1]:3000",
                "https://xn--hhr831f.example",
                "capacitor://localhost",
                "chrome-extension://abcdef",
                "null",
                "file://"
            })
    void shouldAllowOriginsWithDefaultPortsAndThoseOfAppsAndFiles(String origin) {
        Origins apps = new Origins(
                List.of(
                        "https://example.com",
                        "http://local.example",
                        "http://[::1]:3000",
                        "https://xn--hhr831f.example",
                        "capacitor://localhost",
                        "chrome-extension://abcdef",
                        "null",
                        "file://"),
                false);

        assertThat(apps.allows(from(origin))).isTrue();
        assertThat(apps.cors(from(origin)))
                .containsOnly(entry("access-control-allow-origin", origin), entry("vary", "Origin"));
    }

    @Test
    void shouldRefuseAnOriginThatIsLongerThanAnyHost() {
        assertThat(origins.allows(from("https://" + "a.".repeat(100) + "video.example")))
                .isTrue();
        assertThat(origins.allows(from("https://" + "a.".repeat(4_000) + "video.example")))
                .isFalse();
    }

    @Test
    void shouldAllowRequestsWithoutAnOrigin() {
        assertThat(origins.allows(from(null))).isTrue();
        assertThat(origins.cors(from(null))).isEmpty();
    }

    @Test
    void shouldAllowAllOriginsWithAStar() {
        Origins all = new Origins(List.of("*"), true);

        assertThat(all.allows(from("https://anything.example"))).isTrue();
        assertThat(all.cors(from("https://anything.example")))
                .containsEntry("access-control-allow-origin", "*")
                .containsEntry("access-control-allow-credentials", "true");
    }
}

package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandshakeTest {
    /** The key of RFC 6455, section 1.3. */
    private static final String SAMPLE_KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    private static HttpRequest request(HttpVersion version, @Nullable String connection, @Nullable String key) {
        HttpRequest request = new DefaultHttpRequest(version, HttpMethod.GET, "/");
        if (connection != null) {
            request.headers().set("Connection", connection);
        }
        if (key != null) {
            request.headers().set("Sec-WebSocket-Key", key);
        }
        return request;
    }

    private static @Nullable String problem(@Nullable String connection, @Nullable String key) {
        return Handshake.problem(request(HttpVersion.HTTP_1_1, connection, key));
    }

    @Test
    void shouldAnswerTheExampleOfTheRfc() {
        ByteBuf response = Handshake.response(
                UnpooledByteBufAllocator.DEFAULT, request(HttpVersion.HTTP_1_1, "Upgrade", SAMPLE_KEY), "", null);

        assertThat(response.toString(StandardCharsets.US_ASCII))
                .isEqualTo(String.join(
                        "\r\n",
                        "HTTP/1.1 101 Switching Protocols",
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                        "",
                        ""));
        response.release();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Upgrade", "upgrade", "keep-alive, Upgrade", "Upgrade,keep-alive"})
    void shouldAcceptAValidHandshake(String connection) {
        assertThat(problem(connection, SAMPLE_KEY)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {"none", "keep-alive", "Upgrades", "''"})
    void shouldRequireTheConnectionHeader(@Nullable String connection) {
        assertThat(problem(connection, SAMPLE_KEY)).isEqualTo("Connection header without \"Upgrade\"");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "none",
                "''",
                "short",
                "dGhlIHNhbXBsZSBub25jZQ=",
                "dGhlIHNhbXBsZSBub25jZQ==x",
                "dGhlIHNhbXBsZSBub25jZSE=",
                "dGhlIHNhbXBsZSBub25jZQ",
                "dGhlIHNhbXBsZSBub25jZR==",
                "dGhlIHNhbXBsZSBub25jZ_==",
                "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==",
                "'dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=='"
            })
    void shouldRequireAKeyOfSixteenBytes(@Nullable String key) {
        assertThat(problem("Upgrade", key)).isEqualTo("Sec-WebSocket-Key (expected: 16 bytes in base64)");
    }

    @Test
    void shouldRequireHttp11() {
        assertThat(Handshake.problem(request(HttpVersion.HTTP_1_0, "Upgrade", SAMPLE_KEY)))
                .isEqualTo("an upgrade needs HTTP/1.1");
    }

    @Test
    void shouldRequireGet() {
        HttpRequest head = request(HttpVersion.HTTP_1_1, "Upgrade", SAMPLE_KEY).setMethod(HttpMethod.HEAD);

        assertThat(Handshake.problem(head)).isEqualTo("an upgrade needs GET");
    }
}

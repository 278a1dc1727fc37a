package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.http.BodyAggregator;
import dev.hibiki.gateway.http.SerialHttpCodec;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClientRequestFilterTest {
    private static final String PROXY = "10.0.0.1";
    private static final String CLIENT = "203.0.113.7";

    private TestEdge test = new TestEdge("--trusted-proxy", "10.0.0.0/8");

    @AfterEach
    void close() {
        test.close();
    }

    private static FullHttpRequest request(String... headers) {
        FullHttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        for (int i = 0; i < headers.length; i += 2) {
            request.headers().add(headers[i], headers[i + 1]);
        }
        return request;
    }

    /** The address that the gate gives a request; null when the gate refused the request. */
    private @Nullable String addressOf(EmbeddedChannel from, FullHttpRequest request) {
        from.writeInbound(request);
        FullHttpRequest passed = from.readInbound();
        if (passed == null) {
            assertThat(request.refCnt()).isZero();
            return null;
        }
        passed.release();
        return ClientAddress.of(from).getHostAddress();
    }

    private EmbeddedChannel from(String peer) {
        return TestEdge.from(peer, new ClientRequestFilter(test.edge));
    }

    private static String answer(EmbeddedChannel channel) {
        FullHttpResponse response = channel.readOutbound();
        try {
            return response.status().code() + " " + response.content().toString(StandardCharsets.UTF_8);
        } finally {
            response.release();
        }
    }

    @Test
    void shouldReadTheAddressAnewFromEachRequestOfATrustedProxy() {
        EmbeddedChannel proxy = from(PROXY);

        assertThat(addressOf(proxy, request("X-Forwarded-For", CLIENT))).isEqualTo(CLIENT);
        assertThat(addressOf(proxy, request("X-Forwarded-For", "198.51.100.1, 203.0.113.8")))
                .isEqualTo("203.0.113.8");
        assertThat(addressOf(proxy, request())).isEqualTo(PROXY);
        proxy.finishAndReleaseAll();
    }

    @Test
    void shouldRefuseXForwardedForFromAnUntrustedPeer() {
        EmbeddedChannel stranger = from("203.0.113.9");

        assertThat(addressOf(stranger, request("X-Forwarded-For", CLIENT))).isNull();
        assertThat(answer(stranger)).startsWith("400 ").contains("X-Forwarded-For", "--trusted-proxy");
        assertThat(ClientAddress.of(stranger).getHostAddress()).isEqualTo("203.0.113.9");
        assertThat(test.refused(Refusal.FORWARDED_FOR)).isOne();
        assertThat(addressOf(stranger, request())).isEqualTo("203.0.113.9");
        stranger.finishAndReleaseAll();
    }

    @Test
    void shouldIgnoreTheHeaderWithoutTrustedProxies() {
        test.close();
        test = new TestEdge();
        EmbeddedChannel anybody = from("203.0.113.9");

        assertThat(addressOf(anybody, request("X-Forwarded-For", CLIENT))).isEqualTo("203.0.113.9");
        assertThat(test.refused(Refusal.FORWARDED_FOR)).isZero();
        anybody.finishAndReleaseAll();
    }

    @Test
    void shouldRefuseXForwardedForFromAClientBehindTheProxyProtocol() throws UnknownHostException {
        EmbeddedChannel proxied = from(PROXY);
        ClientAddress.set(proxied, InetAddress.getByName(CLIENT));

        assertThat(addressOf(proxied, request("X-Forwarded-For", "198.51.100.1")))
                .isEqualTo(CLIENT);
        assertThat(addressOf(proxied, request())).isEqualTo(CLIENT);
        proxied.finishAndReleaseAll();
    }

    @Test
    void shouldReadXForwardedForWhenTheProxyBehindTheProxyProtocolIsTrustedToo() throws UnknownHostException {
        EmbeddedChannel proxied = from(PROXY);
        ClientAddress.set(proxied, InetAddress.getByName("10.9.9.9"));

        assertThat(addressOf(proxied, request("X-Forwarded-For", CLIENT))).isEqualTo(CLIENT);
        proxied.finishAndReleaseAll();
    }

    @Test
    void shouldTellAConnectionOverTheLimitWhyItIsRefused() {
        for (Refusal reason : new Refusal[] {Refusal.CONNECTIONS, Refusal.ADDRESS_CONNECTIONS}) {
            ClientRequestFilter gate = new ClientRequestFilter(test.edge);
            EmbeddedChannel channel = TestEdge.from(CLIENT, gate);
            gate.refuse(reason);

            assertThat(addressOf(channel, request())).isNull();
            FullHttpResponse response = channel.readOutbound();
            assertThat(response.status().code()).isEqualTo(reason == Refusal.CONNECTIONS ? 503 : 429);
            assertThat(response.headers().getInt("Retry-After")).isBetween(1, 10);
            assertThat(response.headers().get("Connection")).isEqualTo("close");
            response.release();
        }
    }

    @Test
    void shouldTellTheEventSourceOfAnAllowedPageToComeBackLater() {
        test.close();
        test = new TestEdge("--allowed-origin", "https://example.com");
        for (String page : new String[] {"https://example.com", "https://elsewhere.example"}) {
            ClientRequestFilter gate = new ClientRequestFilter(test.edge);
            EmbeddedChannel channel = TestEdge.from(CLIENT, gate);
            gate.refuse(Refusal.CONNECTIONS);

            assertThat(addressOf(channel, request("Accept", "text/event-stream", "Origin", page)))
                    .isNull();
            FullHttpResponse response = channel.readOutbound();
            boolean allowed = page.equals("https://example.com");
            assertThat(response.status().code()).isEqualTo(allowed ? 200 : 503);
            assertThat(response.headers().get("Access-Control-Allow-Origin")).isEqualTo(allowed ? page : null);
            assertThat(response.headers().get("Connection")).isEqualTo("close");
            response.release();
        }
    }

    @Test
    void shouldAnswerATooLargeHeaderAndCountItButNotOtherInvalidRequests() {
        EmbeddedChannel channel = TestEdge.from(
                CLIENT,
                new SerialHttpCodec(test.edge.decoderConfig()),
                new BodyAggregator(100),
                new ClientRequestFilter(test.edge));
        assertThat(head(channel, "GET /" + "x".repeat(9_000) + " HTTP/1.1\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ");
        channel = TestEdge.from(
                CLIENT,
                new SerialHttpCodec(test.edge.decoderConfig()),
                new BodyAggregator(100),
                new ClientRequestFilter(test.edge));
        assertThat(head(channel, "GET / HTTP/1.1\r\nA: " + "x".repeat(9_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
        assertThat(test.refused(Refusal.HEADER_BYTES)).isEqualTo(2);

        EmbeddedChannel other = TestEdge.from(
                CLIENT,
                new SerialHttpCodec(test.edge.decoderConfig()),
                new BodyAggregator(100),
                new ClientRequestFilter(test.edge));
        assertThat(head(other, "nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(test.refused(Refusal.HEADER_BYTES)).isEqualTo(2);
    }

    private static String head(EmbeddedChannel channel, String request) {
        channel.writeInbound(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII));
        ByteBuf response = channel.readOutbound();
        String text = response.toString(StandardCharsets.US_ASCII);
        response.release();
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
        return text;
    }

    @Test
    void shouldRefuseARequestFromAnAddressWithTooManyConnections() {
        test.close();
        test = new TestEdge("--trusted-proxy", "10.0.0.0/8", "--max-connections-per-address", "1");
        EmbeddedChannel first = from(PROXY);
        EmbeddedChannel second = from(PROXY);
        test.edge.opened(first);
        test.edge.opened(second);

        assertThat(addressOf(first, request("X-Forwarded-For", CLIENT))).isEqualTo(CLIENT);
        assertThat(addressOf(second, request("X-Forwarded-For", CLIENT))).isNull();
        assertThat(answer(second)).startsWith("429 ");
        second.finishAndReleaseAll();
        first.finishAndReleaseAll();
        assertThat(test.edge.connections().addresses()).isZero();
    }
}

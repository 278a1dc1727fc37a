package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.AttributeKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
    private static final String PROXY = "10.0.0.1";
    private static final String V1 = "PROXY TCP4 203.0.113.7 192.0.2.1 50000 443\r\n";
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    private static final String REQUEST = "GET / HTTP/1.1\r\n";

    private final TestEdge test = new TestEdge("--trusted-proxy", "10.0.0.0/8");
    private EmbeddedChannel channel = from(PROXY);

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
        test.close();
    }

    private EmbeddedChannel from(String peer) {
        return TestEdge.from(peer, new ProxyHeaderDetector(test.edge));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] v2(String hex) {
        return HexFormat.of().parseHex(V2 + hex);
    }

    private void receive(byte[]... parts) {
        for (byte[] part : parts) {
            channel.writeInbound(Unpooled.copiedBuffer(part));
        }
    }

    /** The bytes that the detector has passed on. */
    private String passedOn() {
        StringBuilder all = new StringBuilder();
        ByteBuf part;
        while ((part = channel.readInbound()) != null) {
            all.append(part.toString(StandardCharsets.US_ASCII));
            part.release();
        }
        return all.toString();
    }

    private String address() {
        return ClientAddress.of(channel).getHostAddress();
    }

    /** Requires that no handler of the PROXY protocol is left in the pipeline. */
    private void assertGone() {
        assertThat(channel.pipeline().toMap().keySet()).noneMatch(name -> name.contains("rox"));
    }

    @Test
    void shouldReadVersion1FromATrustedProxyAndLeaveThePipeline() {
        receive(ascii(V1 + REQUEST));

        assertThat(address()).isEqualTo("203.0.113.7");
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @Test
    void shouldReadVersion2FromATrustedProxyAndLeaveThePipeline() {
        receive(v2("2111000ccb007107c0000201c35001bb"), ascii(REQUEST));

        assertThat(address()).isEqualTo("203.0.113.7");
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @Test
    void shouldReadIpv6AndSkipExtensions() {
        // Source, destination and ports, then an extension of type 5 with 4 bytes.
        receive(v2("2121002b" + "20010db8000000000000000000000007" + "20010db8000000000000000000000001" + "c35001bb"
                + "050004deadbeef"));
        receive(ascii(REQUEST));

        assertThat(address()).isEqualTo("2001:db8:0:0:0:0:0:7");
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    /** A long extension may carry the name in a client's certificate. */
    @Test
    void shouldAcceptLongExtensions() {
        receive(v2("21110fff" + "cb007107c0000201c35001bb" + "e00ff0" + "ab".repeat(0xff0)), ascii(REQUEST));

        assertThat(address()).isEqualTo("203.0.113.7");
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @Test
    void shouldReadAHeaderThatArrivesByteByByte() {
        for (byte part : ascii(V1 + REQUEST)) {
            receive(new byte[] {part});
        }

        assertThat(address()).isEqualTo("203.0.113.7");
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @ParameterizedTest
    @ValueSource(strings = {"20000000", "2011000c0a0000020a00000100500050", "210000047e7e7e7e"})
    void shouldKeepTheProxysAddressForALocalOrUnspecifiedHeader(String hex) {
        receive(v2(hex), ascii(REQUEST));

        assertThat(address()).isEqualTo(PROXY);
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @Test
    void shouldKeepTheProxysAddressForAnUnknownProtocol() {
        receive(ascii("PROXY UNKNOWN\r\n" + REQUEST));

        assertThat(address()).isEqualTo(PROXY);
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @Test
    void shouldAcceptConnectionsFromATrustedProxyWithoutAHeader() {
        receive(ascii("GET"), ascii(" / HTTP/1.1\r\n"));

        assertThat(address()).isEqualTo(PROXY);
        assertThat(passedOn()).isEqualTo(REQUEST);
        assertGone();
    }

    @Test
    void shouldAcceptRequestsFromOtherPeersWithoutAHeader() {
        channel.finishAndReleaseAll();
        channel = from("203.0.113.9");
        receive(ascii("PUT / HTTP/1.1\r\n"));

        assertThat(address()).isEqualTo("203.0.113.9");
        assertThat(passedOn()).isEqualTo("PUT / HTTP/1.1\r\n");
        assertGone();
    }

    @Test
    void shouldNotWaitForMoreOfARequestThatCannotBeginAHeader() {
        receive(ascii("x\n"));

        assertThat(passedOn()).isEqualTo("x\n");
        assertGone();
    }

    @Test
    void shouldCloseConnectionsFromOtherPeersWithAHeader() {
        for (byte[] header : new byte[][] {ascii(V1 + REQUEST), v2("2111000ccb007107c0000201c35001bb")}) {
            channel.finishAndReleaseAll();
            channel = from("203.0.113.9");
            receive(header);

            assertThat(channel.isOpen()).isFalse();
            assertThat(address()).isEqualTo("203.0.113.9");
            assertThat(passedOn()).isEmpty();
        }
        assertThat(test.refused(Refusal.PROXY_HEADER)).isEqualTo(2);
    }

    @Test
    void shouldCloseAConnectionWithAMalformedHeader() {
        int refused = 0;
        for (byte[] header : new byte[][] {
            ascii("PROXY TCP4 here there 1 2\r\n"),
            ascii("PROXY TCP4 " + "1".repeat(200)),
            v2("3111000c"),
            v2("2111ffff"),
            v2("21110010" + "cb007107c0000201c35001bb" + "200001" + "00") // The TLS extension is cut off.
        }) {
            channel.finishAndReleaseAll();
            channel = from(PROXY);
            receive(Arrays.copyOf(header, header.length + 5_000));

            assertThat(channel.isOpen()).isFalse();
            channel.checkException();
            assertThat(test.refused(Refusal.PROXY_HEADER))
                    .as(HexFormat.of().formatHex(header))
                    .isEqualTo(++refused);
        }
    }

    @Test
    void shouldStoreNoAddressThatEqualsTheSockets() {
        receive(ascii("PROXY TCP4 10.0.0.1 192.0.2.1 50000 443\r\n" + REQUEST));

        assertThat(address()).isEqualTo(PROXY);
        assertThat(channel.hasAttr(AttributeKey.valueOf(ClientAddress.class, "told")))
                .isFalse();
        passedOn();
    }
}

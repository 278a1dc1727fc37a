package dev.hibiki.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.runtime.ClientAddress;
import dev.hibiki.gateway.support.LogCapture;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionsTest {
    private static final String PROXY = "10.0.0.1";

    private final TestEdge test = new TestEdge(
            "--trusted-proxy", "10.0.0.0/8", "--max-connections", "5", "--max-connections-per-address", "2");
    private final Connections connections = test.edge.connections();
    private final List<EmbeddedChannel> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(EmbeddedChannel::finishAndReleaseAll);
        assertThat(connections.open()).isZero();
        assertThat(connections.addresses()).isZero();
        test.close();
    }

    private EmbeddedChannel from(String peer) {
        EmbeddedChannel channel = TestEdge.from(peer);
        open.add(channel);
        return channel;
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    @Test
    void shouldRefuseAConnectionOverTheLimitOfAnAddress() {
        EmbeddedChannel first = from("2001:db8::1");
        assertThat(connections.opened(first)).isNull();
        assertThat(connections.opened(from("2001:db8::2"))).isNull();
        assertThat(connections.opened(from("2001:db8::3"))).isEqualTo(Refusal.ADDRESS_CONNECTIONS);
        assertThat(connections.opened(from("192.0.2.1"))).isNull();
        assertThat(connections.addresses()).isEqualTo(2);
    }

    @Test
    void shouldRefuseAConnectionOverTheTotalLimitUntilOneIsClosed() {
        EmbeddedChannel first = from("192.0.2.1");
        assertThat(connections.opened(first)).isNull();
        for (int i = 2; i <= 5; i++) {
            assertThat(connections.opened(from("192.0.2." + i))).isNull();
        }
        EmbeddedChannel refused = from("192.0.2.6");
        assertThat(connections.opened(refused)).isEqualTo(Refusal.CONNECTIONS);
        refused.close();
        first.close();
        assertThat(connections.open()).isEqualTo(4);
        assertThat(connections.opened(from("192.0.2.7"))).isNull();
    }

    @Test
    void shouldNotLimitTheAddressOfATrustedProxy() {
        for (int i = 0; i < 5; i++) {
            assertThat(connections.opened(from(PROXY))).isNull();
        }
        assertThat(connections.addresses()).isZero();
    }

    @Test
    void shouldCountAConnectionOnlyAtTheAddressOfItsClient() throws UnknownHostException {
        for (int i = 0; i < 2; i++) {
            EmbeddedChannel proxied = from(PROXY);
            assertThat(connections.opened(proxied)).isNull();
            assertThat(connections.addressChanged(proxied, address("192.0.2.9")))
                    .isNull();
        }
        EmbeddedChannel third = from(PROXY);
        assertThat(connections.opened(third)).isNull();
        assertThat(connections.addressChanged(third, address("192.0.2.9"))).isEqualTo(Refusal.ADDRESS_CONNECTIONS);
        assertThat(ClientAddress.of(third)).isEqualTo(address("192.0.2.9"));
        assertThat(connections.addressChanged(third, address("192.0.2.8"))).isNull();
        assertThat(connections.addresses()).isEqualTo(2);
        assertThat(connections.addressChanged(third, address(PROXY))).isNull();
        assertThat(connections.addresses()).isOne();
    }

    @Test
    void shouldNotCountAConnectionThatIsAlreadyClosed() throws UnknownHostException {
        EmbeddedChannel early = from("192.0.2.1");
        early.close();
        connections.opened(early);
        assertThat(connections.open()).isZero();

        EmbeddedChannel late = from(PROXY);
        connections.opened(late);
        late.close();
        assertThat(connections.addressChanged(late, address("192.0.2.9"))).isNull();
        assertThat(connections.addresses()).isZero();
    }

    @Test
    void shouldLimitHowManyConnectionsWaitForTheirRefusal() {
        List<EmbeddedChannel> refused = new ArrayList<>();
        for (int i = 0; i < Connections.MAX_AWAITING_REPLY; i++) {
            refused.add(from("192.0.2.1"));
            assertThat(connections.mayStayForReply(refused.get(i))).isTrue();
        }
        assertThat(connections.mayStayForReply(from("192.0.2.1"))).isFalse();
        refused.get(0).close();
        assertThat(connections.mayStayForReply(from("192.0.2.1"))).isTrue();
    }

    @Test
    void shouldDeriveTheConnectionLimitFromTheFileLimit() {
        assertThat(Connections.max(0, 1_024, Integer.MAX_VALUE)).isEqualTo(768);
        assertThat(Connections.max(0, 300, Integer.MAX_VALUE)).isEqualTo(150);
        assertThat(Connections.max(0, 1_048_576, Integer.MAX_VALUE)).isEqualTo(1_048_320);
        assertThat(Connections.max(0, Long.MAX_VALUE, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
    }

    @Test
    void shouldLetInNoMoreThanTheMemoryIsSufficientForUnlessSomeoneAsksForMore() {
        try (LogCapture log = LogCapture.start()) {
            assertThat(Connections.max(0, 1_048_576, 20_000)).isEqualTo(20_000);
            assertThat(Connections.max(30_000, 1_048_576, 20_000)).isEqualTo(30_000);
            assertThat(Connections.max(10_000, 1_048_576, 20_000)).isEqualTo(10_000);
            assertThat(Connections.max(0, 1_024, 20_000)).isEqualTo(768);
            assertThat(Connections.max(100, 1_024, 20_000)).isEqualTo(100);

            assertThat(log.lines())
                    .containsExactly(
                            "INFO At most 20000 connections of clients are let in: this machine or container has no memory for"
                                    + " more",
                            "WARN --max-connections 30000 is more than this machine or container has memory for: the kernel may"
                                    + " kill the gateway when there are more than 20000",
                            "WARN At most 768 connections of clients are let in: this process may open only 1024 files. Raise that"
                                    + " with ulimit -n, or with LimitNOFILE of systemd");
        }
    }
}

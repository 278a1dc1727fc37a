package dev.hibiki.gateway.ws;

import static dev.hibiki.gateway.ws.TestConnection.clientFrame;
import static dev.hibiki.gateway.ws.TestConnection.closeHex;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import org.junit.jupiter.api.Test;

/** Sessions ping their clients, and end dead and overrun ones. */
class WebSocketHeartbeatTest {
    private static final String PING = "8900";
    private static final byte[] PONG = clientFrame(0x8A, new byte[0]);
    private static final int INTERVAL_MS = 25_000;

    private static void seconds(TestConnection connection, int seconds) {
        for (int i = 0; i < seconds; i++) {
            connection.pass(1_000);
        }
    }

    @Test
    void shouldPingOnceEveryInterval() {
        try (TestConnection connection = TestConnection.upgraded()) {
            for (int round = 0; round < 6; round++) {
                seconds(connection, INTERVAL_MS / 1000);
                assertThat(connection.sentHex()).isEqualTo(PING);
                connection.receive(PONG);
            }
        }
    }

    @Test
    void shouldCloseADeadPeerAfterAnInterval() {
        try (TestConnection connection = TestConnection.upgraded()) {
            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.channel.isOpen()).isTrue();
            seconds(connection, INTERVAL_MS / 1000);

            assertThat(connection.channel.isOpen()).isFalse();
            assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"dead\"} 1.0");
            assertThat(connection.sessions.openSockets()).isZero();
        }
    }

    @Test
    void shouldNotCountBytesInTheKernelAsLiveness() {
        try (TestConnection connection = TestConnection.upgraded()) {
            for (int second = 0; second < 2 * INTERVAL_MS / 1000; second++) {
                connection.publish("{}");
                seconds(connection, 1);
            }
            assertThat(connection.channel.isOpen()).isFalse();
            assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"dead\"} 1.0");
        }
    }

    @Test
    void shouldNotExpectAPongFromAPeerThatIsEmptyingAFullSocket() {
        try (TestConnection connection = TestConnection.upgraded()) {
            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.sentHex()).isEqualTo(PING);
            connection.busy(true);
            connection.busy(false);
            connection.busy(true);
            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.channel.isOpen()).isTrue();

            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.channel.isOpen()).isFalse();
        }
    }

    @Test
    void shouldCountAnyMessageOfThePeerAsLiveness() {
        try (TestConnection connection = TestConnection.upgraded()) {
            for (int round = 0; round < 5; round++) {
                seconds(connection, INTERVAL_MS / 1000);
                connection.receive(clientFrame(0x81, new byte[] {'x'}));
            }
            assertThat(connection.channel.isOpen()).isTrue();
        }
    }

    @Test
    void shouldCountBytesThatThePeerAcceptedAsLiveness() {
        try (TestConnection connection = TestConnection.upgraded()) {
            for (int round = 0; round < 5; round++) {
                connection.busy(true);
                seconds(connection, INTERVAL_MS / 1000);
                connection.busy(false);
            }
            assertThat(connection.channel.isOpen()).isTrue();
        }
    }

    @Test
    void shouldNotQueuePingsForABusySocket() {
        try (TestConnection connection = TestConnection.upgraded()) {
            connection.busy(true);
            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.sentHex()).isEmpty();
        }
    }

    @Test
    void shouldNotPingAfterTheSessionHasEnded() {
        try (TestConnection connection = TestConnection.upgraded()) {
            connection.receive(clientFrame(0x88, new byte[0]));
            connection.sentHex();
            seconds(connection, 3 * INTERVAL_MS / 1000);

            assertThat(connection.sentHex()).isEmpty();
            assertThat(connection.metrics.scrape()).doesNotContain("reason=\"dead\"");
        }
    }

    @Test
    void shouldCloseAnOverrunClientWithACodeThatAllowsReconnects() {
        try (TestConnection connection = new TestConnection(new LogLimits(200, 100, 100)).upgrade()) {
            connection.busy(true);
            for (int i = 0; i < 60; i++) {
                connection.publish("12345678");
            }

            assertThat(connection.sentHex()).isEqualTo(closeHex(4100, "lagged: too slow for the events retained"));
            assertThat(connection.regions.connections()).isZero();
            connection.pass(TestConnection.LINGER_MS);
            assertThat(connection.channel.isOpen()).isFalse();
            assertThat(connection.metrics.scrape()).contains("hibiki_closes_total{reason=\"4100\"} 1.0");
        }
    }

    @Test
    void shouldMeasureTheLagOfTheSlowestSession() {
        try (TestConnection connection = TestConnection.upgraded()) {
            connection.busy(true);
            connection.publish("12345678");
            seconds(connection, 1);

            assertThat(connection.metrics.scrape())
                    .contains("hibiki_lag_max_bytes{loop=\"0\"} 10.0")
                    .contains("hibiki_lag_sessions{over_bytes=\"0\"} 1.0");
        }
    }

    @Test
    void shouldNotCloseAPeerAfterAPauseOfTheGateway() {
        try (TestConnection connection = TestConnection.upgraded()) {
            connection.pass(3L * INTERVAL_MS); // The process or its machine was suspended.
            assertThat(connection.channel.isOpen()).isTrue();
            assertThat(connection.sentHex()).isIn("", PING);

            connection.receive(PONG);
            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.sentHex()).isEqualTo(PING);
            connection.receive(PONG);
            seconds(connection, INTERVAL_MS / 1000);
            assertThat(connection.channel.isOpen()).isTrue();
        }
    }
}

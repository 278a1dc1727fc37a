package dev.hibiki.gateway.canary;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CanaryClientTest {
    private static final long LATE_NS = CanaryClient.TIMEOUT_NS + 1;

    private final GatewayMetrics metrics = new GatewayMetrics();
    private final List<EmbeddedChannel> dialled = new ArrayList<>();
    private long nowNs = Long.MAX_VALUE - 10; // A nano clock may overflow.
    private boolean refusing;
    private Consumer<Throwable> failing = cause -> {};
    private final CanaryClient client = new CanaryClient(1, this::dial, metrics, () -> nowNs);

    private Channel dial(ChannelHandler handler, Consumer<Throwable> failed) {
        EmbeddedChannel channel = new EmbeddedChannel(handler);
        dialled.add(channel);
        failing = failed;
        if (refusing) {
            channel.close();
            failed.accept(new IOException("no files left"));
        }
        return channel;
    }

    @AfterEach
    void close() {
        client.close();
        dialled.forEach(EmbeddedChannel::finishAndReleaseAll);
        metrics.close();
    }

    private EmbeddedChannel connection() {
        return dialled.get(dialled.size() - 1);
    }

    private void greet() {
        ByteBuf ping = Unpooled.buffer();
        WebSocketFormat.writePing(ping);
        connection().writeInbound(ping);
    }

    private void arrive(String text) {
        ByteBuf frame = Unpooled.buffer();
        WebSocketFormat.writeText(text.getBytes(StandardCharsets.UTF_8), frame);
        connection().writeInbound(frame);
    }

    private void connect() {
        client.tick();
        greet();
    }

    private double failures(String step) {
        return metrics.registry()
                .get("hibiki.canary.failures")
                .tag("step", step)
                .counter()
                .count();
    }

    private void assertHealthy() {
        assertThat(client.failingMs()).isNegative();
        assertThat(client.trouble()).isNull();
    }

    @Test
    void shouldMeasureTheDelayOfAnEventFromItsPublication() {
        connect();
        long startedNs = nowNs;
        nowNs += 1_000_000;
        client.expect("e1", startedNs);
        assertThat(client.isExpecting()).isTrue();
        assertThat(client.hasWorked()).isFalse();
        nowNs += 2_000_000;
        arrive("e1");

        assertThat(client.isExpecting()).isFalse();
        assertThat(client.hasWorked()).isTrue();
        assertThat(metrics.registry()
                        .get("hibiki.canary.round.trip")
                        .tag("leg", "delivery")
                        .timer()
                        .totalTime(TimeUnit.MILLISECONDS))
                .isEqualTo(3);
        assertHealthy();
    }

    @Test
    void shouldFailWhenAnEventIsLostAndRecoverOnAnotherConnection() {
        connect();
        client.expect("e1", nowNs);
        nowNs += LATE_NS;
        client.tick();

        assertThat(client.failingMs()).isEqualTo(TimeUnit.NANOSECONDS.toMillis(LATE_NS));
        assertThat(failures("delivery")).isOne();
        assertThat(connection().isOpen()).isFalse();
        client.tick();
        assertThat(dialled).hasSize(2);
        assertThat(client.needsProof()).isFalse();
        greet();
        assertThat(client.failingMs()).as("failing after a greeting alone").isPositive();
        assertThat(client.needsProof()).isTrue();
        client.expect("e2", nowNs);
        assertThat(client.needsProof()).isFalse();
        arrive("e2");
        assertHealthy();
        assertThat(failures("delivery")).isOne();
    }

    @Test
    void shouldFailWhenAnUnexpectedEventArrives() {
        connect();
        client.expect("e2", nowNs);
        arrive("e1");
        nowNs += LATE_NS;
        client.tick();

        assertThat(client.failingMs()).isPositive();
    }

    @Test
    void shouldNotFailBeforeTheTimeout() {
        connect();
        client.expect("e1", nowNs);
        nowNs += CanaryClient.TIMEOUT_NS;
        client.tick();
        arrive("e1");

        assertHealthy();
        assertThat(dialled).hasSize(1);
    }

    @Test
    void shouldFailWithoutRepeatedReconnectsWhenTheLoopSendsNoGreeting() {
        client.tick();
        client.expect("e1", nowNs);
        assertThat(client.isExpecting()).as("expecting before the greeting").isFalse();
        nowNs += LATE_NS;
        client.tick();
        client.tick();
        nowNs += LATE_NS;
        client.tick();

        assertThat(client.failingMs()).isEqualTo(TimeUnit.NANOSECONDS.toMillis(2 * LATE_NS));
        assertThat(failures("delivery")).isOne();
        assertThat(dialled).hasSize(1);
        greet();
        client.expect("e2", nowNs);
        arrive("e2");
        assertHealthy();
    }

    @Test
    void shouldFailWhenItsConnectionEnds() {
        connect();
        client.expect("e1", nowNs);
        arrive("e1");
        connection().close();

        assertThat(client.failingMs()).isZero();
        assertThat(failures("delivery")).isOne();
        connect();
        client.expect("e2", nowNs);
        arrive("e2");
        assertHealthy();
    }

    @Test
    void shouldLogWhyItCannotConnectAndTryAgain() {
        refusing = true;
        client.tick();
        client.tick();

        assertThat(client.failingMs()).isNegative();
        assertThat(client.trouble()).isEqualTo("deliveries of event loop 1 cannot be checked: no files left");
        assertThat(failures("connect")).isOne();
        refusing = false;
        connect();
        assertHealthy();
        assertThat(dialled).hasSize(3);
    }

    @Test
    void shouldKeepFailingWhileItCannotConnect() {
        connect();
        client.expect("e1", nowNs);
        nowNs += LATE_NS;
        client.tick();
        refusing = true;
        client.tick();

        assertThat(client.failingMs()).isPositive();
    }

    @Test
    void shouldIgnoreAConnectFailureAfterItsOwnClose() {
        client.tick();
        client.close();
        failing.accept(new ClosedChannelException());

        assertThat(connection().isOpen()).isFalse();
        assertThat(metrics.registry().find("hibiki.canary.failures").counter()).isNull();
        assertHealthy();
    }
}

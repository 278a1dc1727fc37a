package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisPairFixture;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.TcpProxy;
import dev.hibiki.testing.WebSocketSwarm;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Redis is killed and restarted, frozen, and fails over, and a proxy cuts every connection, while numbered events are
 * published at a fixed rate. With Streams every connected client gets every number once and in order. With Pub/Sub every
 * missing number lies in a reported gap.
 *
 * <p>Among the other tests it is short. A minute of it: {@code scripts/check FaultsIT -Dhibiki.test.long=true}.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class FaultsIT {
    private static final int SECONDS = LongRun.setting("hibiki.fault.seconds", 12, 60);
    private static final int CLIENTS = LongRun.setting("hibiki.fault.clients", 100, 500);
    private static final int RATE = LongRun.setting("hibiki.fault.rate", 200, 500);
    private static final Duration FROZEN = Duration.ofSeconds(Math.min(10, Math.max(4, SECONDS / 6)));

    private RedisPairFixture redis;
    /** Gateway and publisher reach Redis through this proxy, whose target moves with a failover. */
    private TcpProxy address;

    @BeforeEach
    void start() {
        redis = RedisPairFixture.start("--appendonly", "yes", "--appendfsync", "always");
        address = TcpProxy.to(redis.master().port());
    }

    @AfterEach
    void stop() {
        address.close();
        redis.close();
    }

    private String uri() {
        return "redis://127.0.0.1:" + address.port();
    }

    /** Causes all faults one after the other, with time between them to recover. */
    private void meddle(RunningGateway gateway, LogCapture log) {
        Duration pause = Duration.ofSeconds(SECONDS).minus(FROZEN).dividedBy(6);
        rest(pause);
        redis.master().kill();
        rest(pause.dividedBy(2));
        redis.master().restart();
        gateway.awaitReady();
        rest(pause);
        redis.master().freeze();
        rest(FROZEN);
        redis.master().thaw();
        gateway.awaitReady();
        rest(pause);
        cutAfter(() -> {}, gateway, log);
        rest(pause);
        cutAfter(() -> address.leadTo(redis.failOver().port()), gateway, log);
        rest(pause);
    }

    /** Cuts all connections after a change. A failover may end a read on the old master before the cut does. */
    private void cutAfter(Runnable change, RunningGateway gateway, LogCapture log) {
        int losses = log.linesWith("WARN Lost Redis").size();
        change.run();
        address.cut();
        eventually().until(() -> log.linesWith("WARN Lost Redis").size() > losses);
        gateway.awaitReady();
    }

    /** The duration of a fault or of the time after it; the test waits for no condition here. */
    private static void rest(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }

    @Test
    void shouldDeliverEveryEventOfAStreamOnceAndInOrder() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", uri(), "--source", "streams");
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(CLIENTS, PATIENCE);
                FaultPublisher publisher = FaultPublisher.toStream(uri(), CHANNEL, RATE)) {
            meddle(gateway, log);
            long published = publisher.finish();

            swarm.awaitMessages(published, PATIENCE.multipliedBy(2));
            assertThat(swarm.reports())
                    .hasSize(CLIENTS)
                    .extracting(
                            SwarmReport::firstSequence,
                            SwarmReport::lastSequence,
                            SwarmReport::messages,
                            SwarmReport::missing,
                            SwarmReport::duplicates,
                            SwarmReport::reordered)
                    .containsOnly(tuple(0L, published - 1, published, 0L, 0L, 0L));
            assertThat(gateway.metricSum("hibiki_gaps_total")).isZero();
        }
    }

    @Test
    void shouldReportEveryLossOfPubSubInItsPlace() {
        List<LossCheck> checks =
                IntStream.range(0, CLIENTS).mapToObj(client -> new LossCheck()).toList();
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = RunningGateway.startReady("--redis", uri());
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/"))
                        .header("Sec-WebSocket-Protocol", "hibiki.v1")
                        .observer(checks::get)
                        .connect(CLIENTS, PATIENCE);
                FaultPublisher publisher = FaultPublisher.toChannel(uri(), CHANNEL, RATE)) {
            meddle(gateway, log);
            long last = publisher.finish();
            eventually()
                    .untilAsserted(() -> assertThat(redis.master().publish(CHANNEL, Events.large(last, 1)))
                            .isOne());
            eventually()
                    .untilAsserted(
                            () -> assertThat(checks).extracting(LossCheck::last).containsOnly(last));
            assertThat(checks)
                    .allSatisfy(check -> assertThat(check.unreported(publisher.unpublished()))
                            .isEmpty())
                    .allMatch(check -> check.doubled() == 0);
            assertThat(swarm.reports()).hasSize(CLIENTS).allMatch(SwarmReport::open);
            // The kill, the cut and the failover lose events; a short freeze does not.
            assertThat(gateway.metricSum("hibiki_gaps_total")).isGreaterThanOrEqualTo(3);
            assertThat(checks).allSatisfy(check -> assertThat(check.gaps()).isGreaterThanOrEqualTo(3));
        }
    }
}

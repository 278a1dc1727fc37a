package dev.hibiki.gateway;

import static dev.hibiki.gateway.Events.CHANNEL;
import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketSwarm;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Numbered events at a fixed rate while Redis is killed and comes back, is frozen, and has the gateway's connections cut.
 * With Streams every client that stays connected has every number, once and in order; with Pub/Sub every number that is
 * missing lies in a gap that was reported.
 *
 * <p>Short among the other tests. A minute of it: {@code mvn -pl gateway -am verify -Dtest=none -Dit.test=FaultsIT
 * -Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false -Dhibiki.fault.seconds=60
 * -Dhibiki.fault.clients=500 -Dhibiki.fault.rate=500}.
 */
final class FaultsIT {
    private static final int SECONDS = Integer.getInteger("hibiki.fault.seconds", 12);
    private static final int CLIENTS = Integer.getInteger("hibiki.fault.clients", 100);
    private static final int RATE = Integer.getInteger("hibiki.fault.rate", 200);
    private static final Duration FROZEN = Duration.ofSeconds(Math.min(10, Math.max(4, SECONDS / 6)));

    private RedisFixture redis;

    @BeforeEach
    void start() {
        redis = RedisFixture.start("--appendonly", "yes", "--appendfsync", "always");
    }

    @AfterEach
    void stop() {
        redis.close();
    }

    /** All faults, one after the other, with time between them to recover. */
    private void meddle(RunningGateway gateway) {
        Duration pause = Duration.ofSeconds(SECONDS).minus(FROZEN).dividedBy(5);
        rest(pause);
        redis.kill();
        rest(pause.dividedBy(2));
        redis.restart();
        gateway.awaitReady();
        rest(pause);
        redis.freeze();
        rest(FROZEN);
        redis.thaw();
        gateway.awaitReady();
        rest(pause);
        redis.cli("CLIENT", "KILL", "TYPE", "pubsub");
        redis.cli("CLIENT", "KILL", "TYPE", "normal");
        gateway.awaitReady();
        rest(pause);
    }

    /** The faults last as long as they last: this is the length of the experiment, not a wait for something. */
    private static void rest(Duration time) {
        LockSupport.parkNanos(time.toNanos());
    }

    @Test
    void shouldGiveEveryClientEveryEventOnceAndInOrderFromStreams() {
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri(), "--source", "streams");
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(CLIENTS, PATIENCE);
                FaultPublisher publisher = FaultPublisher.toStream(redis.uri(), CHANNEL, RATE)) {
            meddle(gateway);
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
    void shouldReportEveryLossOfPubSubWhereItIs() {
        List<WebSocketClient> clients = new ArrayList<>();
        try (RunningGateway gateway = RunningGateway.startReady("--redis", redis.uri());
                FaultPublisher publisher = FaultPublisher.toChannel(redis.uri(), CHANNEL, RATE)) {
            for (int i = 0; i < Math.min(20, CLIENTS); i++) {
                clients.add(WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("hibiki.v1")
                        .connect());
            }
            meddle(gateway);
            publisher.finish();
            eventually()
                    .untilAsserted(() ->
                            assertThat(redis.publish(CHANNEL, "{\"last\":1}")).isOne());

            for (WebSocketClient client : clients) {
                assertThat(lossesWithoutNotice(client, publisher.unpublished())).isEmpty();
            }
            assertThat(gateway.metricSum("hibiki_gaps_total"))
                    .isGreaterThanOrEqualTo(2); // A short freeze loses nothing.
        } finally {
            clients.forEach(WebSocketClient::close);
        }
    }

    /** Where numbers are missing, or not ascending, and no gap was told of in between. */
    private static List<String> lossesWithoutNotice(WebSocketClient client, Set<Long> unpublished) {
        List<String> losses = new ArrayList<>();
        long last = -1;
        boolean told = false;
        for (String message = client.awaitText(PATIENCE);
                !message.contains("\"last\":1");
                message = client.awaitText(PATIENCE)) {
            if (message.startsWith("{\"$\":")) {
                told |= message.startsWith("{\"$\":{\"gap\":");
                continue;
            }
            long sequence = Events.sequence(message.getBytes(StandardCharsets.UTF_8));
            boolean missing =
                    last >= 0 && LongStream.range(last + 1, sequence).anyMatch(number -> !unpublished.contains(number));
            if (sequence <= last || (missing && !told)) {
                losses.add(sequence + " after " + last);
            }
            last = sequence;
            told = false;
        }
        return losses;
    }
}

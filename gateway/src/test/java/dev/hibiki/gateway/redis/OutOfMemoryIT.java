package dev.hibiki.gateway.redis;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.testing.LongRun;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.WebSocketSwarm;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A gateway with little memory loses no event without telling it, says so, and goes on. Its clients read in several formats. */
@ExtendWith(RedisExtension.class)
final class OutOfMemoryIT {
    private static final int REGIONS = LongRun.setting("hibiki.memory.regions", 3, 9);
    private static final int SOCKETS = LongRun.setting("hibiki.memory.sockets", 2, 9);
    private static final int EVENTS = LongRun.setting("hibiki.memory.events", 300, 5_000);
    private static final int RATE = LongRun.setting("hibiki.memory.rate", 200, 100);
    private static final int LARGE_BYTES = 30_000;

    private final List<Crowd> crowds = new ArrayList<>();

    @AfterEach
    void close() {
        crowds.forEach(Crowd::close);
    }

    /** Numbered for each region by itself. It does not shrink much. */
    private static String event(long number, int regions, int bytes) {
        StringBuilder text = new StringBuilder();
        Random random = new Random(number);
        while (text.length() < bytes) {
            text.append(Long.toString(random.nextLong(), 36));
        }
        return "{\"seq\":" + number / regions + ",\"region\":\"R" + number % regions + "\",\"text\":\"" + text + "\"}";
    }

    private static GatewayProcess start(RedisFixture redis, String source, String java, String... flags)
            throws Exception {
        return GatewayProcess.jar("--redis", redis.uri(), "--source", source)
                .with(flags)
                .environment("JDK_JAVA_OPTIONS", java)
                .start();
    }

    /** Clients in each format: plain and {@code hibiki.v1}, event streams, and with two windows of permessage-deflate. */
    private void connect(GatewayProcess gateway, String query) {
        crowds.add(Crowd.on(gateway.port()).query(query).start(SOCKETS, SOCKETS));
        for (String offer : List.of("permessage-deflate", "permessage-deflate; server_max_window_bits=12")) {
            crowds.add(Crowd.by(() -> WebSocketSwarm.to(gateway.webSocket()).header("Sec-WebSocket-Extensions", offer))
                    .query(query)
                    .start(1, 0));
        }
    }

    private Stream<LossCheck> informed() {
        return crowds.stream().flatMap(crowd -> crowd.informed().stream());
    }

    private void awaitEvent(long sequence) {
        crowds.forEach(crowd -> crowd.awaitEvent(sequence));
        assertThat(informed())
                .filteredOn(check -> !check.unreported(Set.of()).isEmpty())
                .as("clients that lost an event and were not told")
                .isEmpty();
    }

    /** All formats of all regions together hold several times as much. */
    @Test
    void shouldDeliverWithLittleMemory(RedisFixture redis) throws Exception {
        try (GatewayProcess gateway = start(redis, "pubsub", "-Xmx96m -XX:MaxDirectMemorySize=24m")) {
            for (int region = 0; region < REGIONS; region++) {
                connect(gateway, "region=R" + region);
            }
            crowds.forEach(Crowd::awaitOpen);
            try (FaultPublisher publisher = FaultPublisher.of(
                    redis.uri(), CHANNEL, false, number -> event(number, REGIONS, LARGE_BYTES), RATE)) {
                eventually().atMost(PATIENCE.plusSeconds(EVENTS / RATE)).until(() -> publisher.published() >= EVENTS);
                awaitEvent(publisher.finish() / REGIONS - 1);
            }
            assertThat(gateway.output()).doesNotContain("No memory for an event");
            assertThat(informed()).filteredOn(check -> check.missing() > 0).isEmpty();
            assertThat(Http.status(gateway.admin("/healthz"))).isEqualTo(200);
        }
    }

    /** One event is too large for all of its logs together: eight of them, in four formats. */
    @Test
    void shouldTellWhatItLosesForWantOfMemoryAndGoOn(RedisFixture redis) throws Exception {
        int last = 30;
        try (GatewayProcess gateway = start(
                redis,
                "streams",
                "-XX:MaxDirectMemorySize=24m",
                "--max-event-bytes",
                "4m",
                "--max-publish-bytes",
                "4m")) {
            connect(gateway, "");
            connect(gateway, "region=R0");
            crowds.forEach(Crowd::awaitOpen);
            for (int number = 0; number < last; number++) {
                String event = event(number, 1, number == 10 ? 2_500_000 : 100);
                redis.cli("XADD", CHANNEL, "*", "data", event);
                if (number == 10) {
                    eventually()
                            .until(() -> Http.get(gateway.admin("/readyz"))
                                    .body()
                                    .contains("events are lost because there is no memory"));
                }
            }
            awaitEvent(last - 1);

            assertThat(gateway.output())
                    .contains("No memory for an event on " + CHANNEL)
                    .doesNotContain("Lost Redis");
            assertThat(informed()).filteredOn(check -> check.gaps() > 0).isNotEmpty();
            eventually().until(() -> Http.status(gateway.admin("/readyz")) == 200);
        }
    }
}

package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.session.SlowScene.Way;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A client that reads slowly keeps its connection, and a client that reads nothing loses it, whatever way its bytes take to
 * the socket. All ways run at the same time, because a slow client must be watched for many seconds.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class SlowClientsIT {
    /** The timeout is 2 s, which sessions measure in ticks of 1 s. The rest is for a loaded machine. */
    private static final Duration SOON = Duration.ofSeconds(10);

    private static final Map<Way, SlowScene> SCENES = new EnumMap<>(Way.class);

    @BeforeAll
    static void start(@TempDir Path folder) {
        for (Way way : Way.values()) {
            if (way.transport.unavailability() == null) {
                SlowScene scene = new SlowScene(way, folder);
                SCENES.put(way, scene);
                scene.publish();
            }
        }
    }

    @AfterAll
    static void stop() {
        SCENES.values().forEach(SlowScene::close);
        SCENES.clear();
    }

    /** Runs first, while it is early enough to tell that a reset came soon. */
    @Order(1)
    @ParameterizedTest
    @EnumSource
    void shouldResetClientsThatReadNothing(Way way) {
        SlowScene scene = scene(way);

        eventually().atMost(SOON).until(() -> scene.frozen().stream().noneMatch(scene::hasSession));
        assertThat(scene.closes("stalled"))
                .isGreaterThanOrEqualTo(scene.frozen().size());
    }

    @Order(2)
    @ParameterizedTest
    @EnumSource
    void shouldKeepClientsThatReadSlowly(Way way) {
        SlowScene scene = scene(way);

        eventually()
                .until(() -> scene.slow().stream()
                        .allMatch(link -> link.hasEnded() || link.carriedBytes() >= scene.targetBytes()));
        assertThat(scene.readBytes())
                .allSatisfy((protocol, bytes) -> assertThat(bytes).isGreaterThanOrEqualTo(scene.targetBytes()));
        assertThat(scene.slow()).allMatch(scene::hasSession);
        assertThat(scene.closes("stalled")).isEqualTo(scene.frozen().size());
        assertThat(scene.closes("dead")).isZero();
    }

    private static SlowScene scene(Way way) {
        Throwable unavailability = way.transport.unavailability();
        assumeTrue(unavailability == null, () -> String.valueOf(unavailability));
        return Objects.requireNonNull(SCENES.get(way));
    }
}

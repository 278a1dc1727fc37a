package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.LongRun;
import io.netty.channel.epoll.Epoll;
import io.netty.util.ResourceLeakDetector;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random schedules of clients and events, on each {@linkplain SchedulePath way} from a session to its socket. Whatever the
 * clients do, each receives what it asked for, in order and once, and nothing of them is left.
 *
 * <p>{@code -Dhibiki.schedules.path=RING -Dhibiki.schedules.seed=17 -Dhibiki.schedules=1} repeats one schedule, and {@code -Dhibiki.schedules=5000} takes
 * more of them.
 */
@Timeout(900)
final class SessionSchedulesIT {
    private static final int SCHEDULES = LongRun.setting("hibiki.schedules", 60, 1_000);
    private static final int DRAINS = LongRun.setting("hibiki.schedules.drains", 2, 30);
    private static final long FIRST_SEED = Long.getLong("hibiki.schedules.seed", 1);
    /** So many schedules reach everything that a schedule can reach. */
    private static final int ENOUGH = 200;

    private static final ResourceLeakDetector.Level LEVEL = ResourceLeakDetector.getLevel();

    /** To record all accesses to buffers would take more than half of the time. {@link RunningGateway#close} counts all buffers anyway. */
    @BeforeAll
    static void trackFewBuffers() {
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
    }

    @AfterAll
    static void trackAllBuffers() {
        ResourceLeakDetector.setLevel(LEVEL);
    }

    @BeforeAll
    static void requireEpollForTheClients() {
        assumeTrue(Epoll.isAvailable(), () -> String.valueOf(Epoll.unavailabilityCause()));
    }

    @ParameterizedTest
    @EnumSource
    void shouldDeliverWhatEachClientAskedForAndLeaveNothing(SchedulePath path, @TempDir Path folder) {
        requireChosen(path);
        SessionCount before = SessionCount.now();
        ScheduleGateway gateway = new ScheduleGateway(path, folder);
        try (gateway) {
            int previous = gateway.journal.issued() - 1;
            for (long seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed++) {
                int first = gateway.journal.issued();
                gateway.journal.forgetBefore(previous);
                Schedule schedule = new Schedule(gateway, seed, previous);
                run(path, seed, schedule, schedule::run);
                previous = first;
            }
            gateway.endAll();
            if (SCHEDULES >= ENOUGH) {
                assertThat(gateway.tally.counts())
                        .containsKeys("gap", "close 4100", "close 1002", "close 1000", "resume ok", "resume gap");
            }
        }
        before.awaitNoMore(gateway);
    }

    @ParameterizedTest
    @EnumSource
    void shouldServeClientsUntilTheDrainEndsThem(SchedulePath path, @TempDir Path folder) {
        requireChosen(path);
        for (long seed = FIRST_SEED; seed < FIRST_SEED + DRAINS; seed++) {
            try (ScheduleGateway gateway = new ScheduleGateway(path, folder)) {
                Schedule schedule = new Schedule(gateway, seed, gateway.journal.first());
                run(path, seed, schedule, schedule::runIntoDrain);
            }
        }
    }

    private static void requireChosen(SchedulePath path) {
        assumeTrue(path.name().matches(System.getProperty("hibiki.schedules.path", ".*")));
        assumeTrue(path.transport.unavailability() == null, () -> String.valueOf(path.transport.unavailability()));
    }

    private static void run(SchedulePath path, long seed, Schedule schedule, Runnable steps) {
        try {
            steps.run();
        } catch (Throwable e) {
            throw new AssertionError(
                    "path " + path + ", seed " + seed + ": " + e.getMessage() + "\nafter these steps:\n"
                            + schedule.steps(),
                    e);
        }
    }
}

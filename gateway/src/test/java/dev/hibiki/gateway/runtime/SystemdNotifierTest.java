package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.support.NotifySocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemdNotifierTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private Map<String, String> environment(String... more) {
        Map<String, String> environment = new HashMap<>();
        environment.put("NOTIFY_SOCKET", folder.resolve("notify").toString());
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    @Test
    void shouldNotifyReadyWhenEventsCanArriveAndStoppingWhenTheGatewayCloses() {
        AtomicBoolean ready = new AtomicBoolean();
        try (NotifySocket systemd = NotifySocket.at(folder.resolve("notify"));
                SystemdNotifier manager = SystemdNotifier.of(environment())) {
            manager.watch(List.of(), () -> null, ready::get, () -> ready.get() ? "subscribed" : "Redis is\naway");
            await().atMost(SOON).until(() -> systemd.heard().contains("STATUS=Redis is away"));
            assertThat(systemd.heard()).doesNotContain("READY=1");

            ready.set(true);
            await().atMost(SOON).until(() -> systemd.heard().contains("STATUS=subscribed"));
            manager.stopping();
            await().atMost(SOON).until(() -> systemd.heard().size() == 4);
            assertThat(systemd.heard())
                    .containsExactly(
                            "STATUS=Redis is away",
                            "READY=1",
                            "STATUS=subscribed",
                            "STOPPING=1\nSTATUS=Closing sessions");
        }
    }

    @Test
    void shouldFeedTheWatchdogOnlyWhileEveryLoopRuns() {
        Queue<Runnable> stuck = new ConcurrentLinkedQueue<>();
        Queue<String> asked = new ConcurrentLinkedQueue<>();
        Executor healthy = task -> {
            asked.add("healthy");
            task.run();
        };
        try (NotifySocket systemd = NotifySocket.at(folder.resolve("notify"));
                SystemdNotifier manager = SystemdNotifier.of(environment("WATCHDOG_USEC", "30000000"))) {
            AtomicBoolean tick = new AtomicBoolean();
            manager.watch(List.of(healthy, stuck::add), () -> null, () -> true, () -> {
                tick.set(true);
                return "";
            });
            await().atMost(SOON).until(() -> systemd.watchdogs() == 1 && stuck.size() == 1);
            awaitTicks(tick);
            assertThat(systemd.watchdogs()).isEqualTo(1);
            assertThat(asked).hasSize(1);

            List.copyOf(new ArrayDeque<>(stuck)).forEach(Runnable::run);
            await().atMost(SOON).until(() -> systemd.watchdogs() == 2);
        }
    }

    @Test
    void shouldNotFeedTheWatchdogWhileARestartIsNeeded() {
        AtomicReference<@Nullable String> fatal = new AtomicReference<>();
        AtomicBoolean tick = new AtomicBoolean();
        try (NotifySocket systemd = NotifySocket.at(folder.resolve("notify"));
                SystemdNotifier manager = SystemdNotifier.of(environment("WATCHDOG_USEC", "30000000"))) {
            manager.watch(List.of(Runnable::run), fatal::get, () -> true, () -> {
                tick.set(true);
                return "";
            });
            await().atMost(SOON).until(() -> systemd.watchdogs() > 0);
            fatal.set("an event loop has been stuck for 31 s");
            awaitTicks(tick);
            long fed = systemd.watchdogs();
            awaitTicks(tick);
            assertThat(systemd.watchdogs()).isEqualTo(fed);

            fatal.set(null);
            await().atMost(SOON).until(() -> systemd.watchdogs() > fed);
            fatal.set("its loops have no timers any more, since it ends");
            manager.stopping();
            awaitTicks(tick);
            long before = systemd.watchdogs();
            await().atMost(SOON).until(() -> systemd.watchdogs() > before);
        }
    }

    private static void awaitTicks(AtomicBoolean tick) {
        for (int i = 0; i < 3; i++) {
            tick.set(false);
            await().atMost(SOON).untilTrue(tick);
        }
    }

    @Test
    void shouldNotFeedTheWatchdogOfAnotherProcess() {
        AtomicBoolean tick = new AtomicBoolean();
        try (NotifySocket systemd = NotifySocket.at(folder.resolve("notify"));
                SystemdNotifier manager =
                        SystemdNotifier.of(environment("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", "1"))) {
            manager.watch(List.of(Runnable::run), () -> null, () -> true, () -> {
                tick.set(true);
                return "";
            });
            await().atMost(SOON).until(() -> systemd.heard().contains("READY=1"));
            awaitTicks(tick);
            assertThat(systemd.watchdogs()).isZero();
        }
    }

    @Test
    void shouldReachASocketWithAnAbstractAddress() {
        String name = "hibiki-test-" + ProcessHandle.current().pid();
        try (NotifySocket systemd = NotifySocket.at("\0" + name);
                SystemdNotifier manager = SystemdNotifier.of(Map.of("NOTIFY_SOCKET", "@" + name))) {
            manager.stopping();
            await().atMost(SOON).until(() -> systemd.heard().size() == 1);
        }
    }

    @Test
    void shouldDoNothingWithoutANotifySocket() {
        for (Map<String, String> environment : List.of(Map.<String, String>of(), environment())) {
            try (SystemdNotifier manager = SystemdNotifier.of(environment)) {
                manager.watch(List.of(), () -> null, () -> true, () -> "");
                manager.stopping();
            }
        }
    }
}

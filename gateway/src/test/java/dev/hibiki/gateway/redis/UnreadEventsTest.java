package dev.hibiki.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.support.LogCapture;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnreadEventsTest {
    private static final SourceHealth READY = new SourceHealth(true, "fine");

    private final Map<String, Long> arrivals = new HashMap<>();
    private final FakeWay way = new FakeWay();
    private final LogCapture log = LogCapture.start();
    private long nowNs;
    private SourceHealth health = READY;
    private final UnreadEvents unread = newUnread(List.of("a", "b"));

    private UnreadEvents newUnread(List<String> names) {
        return new UnreadEvents(
                List.of(way),
                names,
                name -> arrivals.getOrDefault(name, 0L),
                name -> "redis-cli PUBLISH " + name,
                () -> nowNs);
    }

    @AfterEach
    void close() {
        unread.close();
        log.close();
    }

    private static final class FakeWay implements UnreadWay {
        private final List<Collection<String>> looks = new ArrayList<>();
        private Consumer<String> found = name -> {};

        @Override
        public String seen(String channel) {
            return "\"" + channel + "\" goes the other way";
        }

        @Override
        public String readWith() {
            return "--other";
        }

        @Override
        public void look(Collection<String> channels, Consumer<String> onFound) {
            looks.add(List.copyOf(channels));
            found = onFound;
        }

        Collection<String> lastLook() {
            return looks.get(looks.size() - 1);
        }
    }

    private void tick() {
        nowNs += TimeUnit.SECONDS.toNanos(1);
        unread.tick(() -> health);
    }

    private void arrive(String name) {
        arrivals.merge(name, 1L, Long::sum);
    }

    @Test
    void shouldTellOnceWhatOnlyTheOtherWayReaches() {
        tick();
        tick();
        for (int i = 0; i < 9; i++) {
            way.found.accept("a");
            tick();
        }

        assertThat(log.linesWith("WARN"))
                .singleElement()
                .asString()
                .contains("\"a\" goes the other way and gets no events of it", "--other", "redis-cli PUBLISH a");
        assertThat(unread.amend(READY).detail()).isEqualTo("fine; \"a\" goes the other way and gets no events of it");
        assertThat(way.lastLook()).containsExactly("b");
    }

    /** The event may come before that of the other way is seen, or after. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void shouldSayNothingWhenTheEventComesInBothWays(int arrival) {
        tick();
        tick();
        for (int look = 1; look <= 6; look++) {
            if (look == arrival) {
                arrive("a");
            }
            if (look == 2) {
                way.found.accept("a");
            }
            tick();
        }

        assertThat(log.linesWith("WARN")).isEmpty();
        assertThat(unread.amend(READY)).isEqualTo(READY);
    }

    @Test
    void shouldTakeItOutOfTheReadinessWhenEventsCome() {
        tick();
        tick();
        way.found.accept("a");
        tick();
        tick();
        assertThat(unread.amend(READY)).isNotEqualTo(READY);

        arrive("a");
        assertThat(unread.amend(READY)).isEqualTo(READY);
        tick();
        tick();
        assertThat(way.lastLook()).containsExactly("a", "b");
        assertThat(unread.amend(READY)).isEqualTo(READY);
    }

    @Test
    void shouldLookOnlyAtChannelsThatAreReadAndBringNothing() {
        tick();
        health = new SourceHealth(true, "", Map.of("b", "refused"));
        arrive("a");
        tick();
        assertThat(way.lastLook()).isEmpty();
        health = new SourceHealth(false, "away");
        tick();
        assertThat(way.looks).hasSize(2);
        health = READY;
        tick();
        assertThat(way.lastLook()).containsExactly("a", "b");
    }

    @Test
    void shouldLookOnceAMinuteAfterTheFirstLooks() {
        for (int i = 0; i < 60; i++) {
            tick();
        }
        assertThat(way.looks).hasSize(10);
        for (int i = 0; i < 60; i++) {
            tick();
        }
        assertThat(way.looks).hasSize(11);
        way.found.accept("a");
        tick();
        tick();
        assertThat(log.linesWith("WARN")).hasSize(1);
    }

    @Test
    void shouldStartAThreadOnlyForNames() {
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        try (UnreadEvents patterns = newUnread(List.of())) {
            patterns.start(() -> health);
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> !before.contains(thread))
                    .noneMatch(thread -> thread.getName().equals("hibiki-redis-unread"));
        }
        try (UnreadEvents names = newUnread(List.of("a"))) {
            names.start(() -> health);
            assertThat(Thread.getAllStackTraces().keySet())
                    .filteredOn(thread -> !before.contains(thread))
                    .anyMatch(thread -> thread.getName().equals("hibiki-redis-unread"));
        }
    }
}

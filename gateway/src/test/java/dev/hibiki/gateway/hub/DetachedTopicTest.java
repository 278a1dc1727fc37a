package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.metrics.LoopCounters;
import dev.hibiki.gateway.wire.WireFormat;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A detached topic is delivered like any other, and only its owner knows it. */
class DetachedTopicTest {
    private static final WireFormat IDS = TestHub::encode;
    private static final LogLimits LIMITS = new LogLimits(1024, 1024, 1024);

    private final GatewayMetrics metrics = new GatewayMetrics();
    /** The owner's, in the order in which the loops asked for them. */
    private final List<LoopCounters> counters = new ArrayList<>();

    private final TestHub hub = new TestHub(2, LogLimits.retaining(1L << 20), "*");
    private final Topic topic = create(hub);

    private Topic create(TestHub where) {
        return where.hub.createDetached("probe", IDS, LIMITS, () -> {
            LoopCounters added = metrics.newLoopCounters();
            counters.add(added);
            return added;
        });
    }

    @AfterEach
    void close() {
        hub.hub.release(topic);
        hub.close();
        assertThat(hub.memory()).isZero();
        metrics.close();
    }

    /** Reads the topic without being a member. */
    private TestSubscriber read(int loop) {
        TestSubscriber reader = new TestSubscriber();
        reader.subscription = hub.shard(loop).subscribe(reader, List.of(hub.hub.acquire(topic)));
        return reader;
    }

    private static Event event(String id) {
        return TestHub.event(id, null);
    }

    private void publish(String id) {
        hub.hub.publish(topic, event(id));
        hub.run();
    }

    @Test
    void shouldReachItsReadersOnEveryLoopAndNobodyElse() {
        TestSubscriber all = hub.subscribe("*");
        TestSubscriber namesake = hub.subscribe("probe");
        TestSubscriber first = read(0);
        TestSubscriber second = read(1);

        publish("c1");
        hub.publish("probe", "e1", null);
        hub.gap("*", 3);
        publish("c2");

        assertThat(first.received()).containsExactly("c1", "c2");
        assertThat(second.received()).containsExactly("c1", "c2");
        assertThat(all.received()).containsExactly("e1");
        assertThat(namesake.received()).containsExactly("e1");
        first.leave();
        publish("c3");
        assertThat(first.received()).containsExactly("c1", "c2");
        assertThat(second.received()).containsExactly("c1", "c2", "c3");
        second.leave();
    }

    @Test
    void shouldCountWithItsOwnerOnly() {
        TestSubscriber reader = read(0);
        hub.subscribe("ch");
        int topics = hub.hub.topicCount();
        publish("c1");

        assertThat(reader.received()).containsExactly("c1");
        assertThat(counters).singleElement().satisfies(own -> {
            assertThat(own.deliveries()).isOne();
            assertThat(own.bytes()).isEqualTo("c1;".length());
        });
        assertThat(hub.counters().deliveries()).isZero();
        assertThat(hub.counters().bytes()).isZero();
        assertThat(hub.counters().sweeps()).isZero();
        assertThat(hub.hub.topicCount()).isEqualTo(topics);
        reader.leave();

        hub.publish("ch", "e1", null);
        hub.run();
        assertThat(hub.counters().deliveries()).isOne();
        assertThat(hub.counters().sweeps()).isOne();
    }

    @Test
    void shouldHaveCountersForEachLoop() {
        TestSubscriber first = read(0);
        TestSubscriber second = read(1);
        publish("c1");

        assertThat(counters)
                .hasSize(2)
                .allSatisfy(own -> assertThat(own.deliveries()).isOne());
        first.leave();
        second.leave();
    }

    @Test
    void shouldCountASweepThatAlsoHasNewsOfOtherTopics() {
        TestSubscriber reader = read(0);
        TestSubscriber member = hub.subscribe("ch");
        hub.publish("ch", "e1", null);
        publish("c1");

        assertThat(reader.received()).containsExactly("c1");
        assertThat(member.received()).containsExactly("e1");
        assertThat(hub.counters().sweeps()).isOne();
        assertThat(hub.counters().deliveries()).isOne();
        reader.leave();
    }

    @Test
    void shouldLastAsLongAsItsOwnerOrAReaderHoldsIt() {
        long before = hub.memory();
        Topic held = create(hub);
        for (int i = 0; i < 10_000; i++) {
            hub.hub.publish(held, event("event-" + i));
        }
        assertThat(hub.memory() - before).as("keeps the newest").isBetween(1L, 4_096L);

        TestSubscriber reader = new TestSubscriber();
        reader.subscription = hub.shard(0).subscribe(reader, List.of(hub.hub.acquire(held)));
        hub.hub.publish(held, event("last"));
        hub.hub.release(held);
        hub.run();
        assertThat(reader.received()).containsExactly("last");
        reader.leave();
        assertThat(hub.memory()).isEqualTo(before);
    }

    @Test
    void shouldLeaveTheChannelOfTheSameNameAlone() {
        TestSubscriber namesake = hub.subscribe("probe");
        Topic unused = create(hub);
        hub.hub.release(unused);
        hub.publish("probe", "e1", null);
        hub.run();

        assertThat(namesake.received()).containsExactly("e1");
        assertThat(hub.hub.topicCount()).isPositive();
    }
}

package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.wire.WireFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A topic of the gateway's own is delivered like any other, and seen by nobody else. */
class HubUnlistedTest {
    private static final WireFormat IDS = TestHub::encode;

    private final TestHub hub = new TestHub(2, LogLimits.retaining(1L << 20), "*");
    private final Topic canary = hub.hub.addUnlistedTopic("canary", IDS);

    @AfterEach
    void close() {
        hub.close();
    }

    private TestSubscriber observe(int loop) {
        TestSubscriber observer = new TestSubscriber();
        observer.subscription = hub.shard(loop).observe(observer, canary);
        return observer;
    }

    private void publish(String id) {
        hub.hub.publish(canary, new Event(new byte[0], id, null, 0));
        hub.run();
    }

    @Test
    void shouldReachItsObserversOnEveryLoopAndNobodyElse() {
        TestSubscriber all = hub.subscribe("*");
        TestSubscriber namesake = hub.subscribe("canary");
        TestSubscriber first = observe(0);
        TestSubscriber second = observe(1);

        publish("c1");
        hub.publish("canary", "e1", null);
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
    void shouldCountNowhere() {
        TestSubscriber observer = observe(0);
        hub.subscribe("ch");
        int topics = hub.hub.topicCount();
        publish("c1");

        assertThat(observer.received()).containsExactly("c1");
        assertThat(hub.counters().deliveries()).isZero();
        assertThat(hub.counters().bytes()).isZero();
        assertThat(hub.counters().sweeps()).isZero();
        assertThat(hub.hub.topicCount()).isEqualTo(topics);
        assertThat(hub.hub.logBytes()).isZero();
        assertThat(hub.shard(0).size()).isOne();
        hub.shard(0).forEachMember(member -> assertThat(member).isNotSameAs(observer));
        observer.leave();
        assertThat(hub.shard(0).size()).isOne();

        hub.publish("ch", "e1", null);
        hub.run();
        assertThat(hub.counters().deliveries()).isOne();
        assertThat(hub.counters().sweeps()).isOne();
    }

    @Test
    void shouldLeaveTheJudgementOfPressureToMembers() {
        TestHub small = new TestHub(1, new LogLimits(1024, 512, 512), "ch");
        Topic own = small.hub.addUnlistedTopic("canary", IDS);
        TestSubscriber observer = new TestSubscriber();
        observer.subscription = small.shard(0).observe(observer, own);
        TestSubscriber reader = small.subscribe("ch");
        reader.busy = true;
        reader.maxBytes = 101;
        for (int i = 0; i < 7; i++) {
            small.publish("x".repeat(100));
        }
        small.run();
        small.shard(0).checkPressure();
        small.run();

        assertThat(small.shard(0).isCongested()).isTrue();
        observer.leave();
        small.close();
    }

    @Test
    void shouldKeepNoMoreThanTheNewestAndNothingAfterTheEnd() {
        TestHub own = new TestHub();
        Topic topic = own.hub.addUnlistedTopic("canary", IDS);
        long before = own.memory();
        for (int i = 0; i < 10_000; i++) {
            own.hub.publish(topic, new Event(new byte[0], "event-" + i, null, 0));
        }
        assertThat(own.memory() - before).isBetween(1L, 4_096L);
        own.close();
        assertThat(own.memory()).isZero();
    }
}

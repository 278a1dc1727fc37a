package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hub, shard and subscription deliver events, on loops that run only when the test says so. */
class HubDeliveryTest {
    private final TestHub test = new TestHub(2, LogLimits.retaining(1L << 30), "ch", "other");

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private static List<String> ids(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toList();
    }

    private void publish(int from, int to) {
        ids(from, to).forEach(test::publish);
    }

    @Test
    void shouldDeliverFromTheSubscriptionOn() {
        publish(1, 3);
        TestSubscriber subscriber = test.subscribe("ch");
        publish(4, 6);
        test.run();

        assertThat(subscriber.received()).isEqualTo(ids(4, 6));
    }

    @Test
    void shouldWakeALoopAndNotifyASubscriberOnceForManyEvents() {
        TestSubscriber first = test.subscribe("ch");
        TestSubscriber second = test.subscribe("ch");
        publish(1, 1000);
        test.run();

        assertThat(test.counters().sweeps()).isEqualTo(1);
        assertThat(first.told).isEqualTo(1);
        assertThat(second.received()).isEqualTo(ids(1, 1000));
    }

    @Test
    void shouldGiveWaitingEventsAsOneRun() {
        TestSubscriber subscriber = test.subscribe("ch");
        subscriber.busy = true;
        publish(1, 5);
        test.run();

        assertThat(subscriber.pollOnce()).isEqualTo("1;2;3;4;5;");
        assertThat(subscriber.pollOnce()).isNull();
    }

    @Test
    void shouldGiveWholeFramesWithinTheBudget() {
        TestSubscriber subscriber = test.subscribe("ch");
        subscriber.busy = true;
        publish(8, 11);
        test.run();

        subscriber.maxBytes = 5;
        assertThat(subscriber.pollOnce()).isEqualTo("8;9;");
        assertThat(subscriber.pollOnce()).isEqualTo("10;");
        subscriber.maxBytes = 1;
        assertThat(subscriber.pollOnce()).isEqualTo("11;");
    }

    @Test
    void shouldNotWakeALoopWithoutSubscribers() {
        test.subscribe(1, test.topic(null));
        publish(1, 10);
        test.run();

        assertThat(test.counters().sweeps()).isZero();
        assertThat(test.shard(1).counters().sweeps()).isEqualTo(1);
    }

    @Test
    void shouldDeliverOnEveryLoop() {
        TestSubscriber first = test.subscribe(0, test.topic(null));
        TestSubscriber second = test.subscribe(1, test.topic(null));
        publish(1, 3);
        test.run();

        assertThat(first.received()).isEqualTo(ids(1, 3));
        assertThat(second.received()).isEqualTo(ids(1, 3));
    }

    @Test
    void shouldCountDeliveredEventsAndBytes() {
        TestSubscriber busy = test.subscribe("ch");
        busy.busy = true;
        test.subscribe("ch");
        test.subscribe("ch");
        publish(1, 12);
        test.run();

        assertThat(test.counters().deliveries()).isEqualTo(24);
        assertThat(test.counters().bytes()).isEqualTo(2 * (9 * 2 + 3 * 3));
    }

    @Test
    void shouldDeliverAnEventOnlyToItsChannelAndItsRoute() {
        TestSubscriber all = test.subscribe("ch");
        TestSubscriber jp = test.subscribe(test.topic("JP"));
        TestSubscriber kr = test.subscribe(test.topic("KR"));
        TestSubscriber other = test.subscribe("other");
        test.publish("ch", "1", "JP");
        test.publish("ch", "2", "KR");
        test.publish("ch", "3", null);
        test.publish("ch", "4", "jp");
        test.publish("other", "5", "JP");
        test.run();

        assertThat(all.received()).containsExactly("1", "2", "3", "4");
        assertThat(jp.received()).containsExactly("1");
        assertThat(kr.received()).containsExactly("2");
        assertThat(other.received()).containsExactly("5");
    }

    @Test
    void shouldDeliverNothingAfterASubscriberHasLeft() {
        TestSubscriber stays = test.subscribe("ch");
        TestSubscriber leaves = test.subscribe("ch");
        test.publish("1");
        test.run();
        test.publish("2");
        leaves.leave();
        test.publish("3");
        test.run();

        assertThat(leaves.received()).containsExactly("1");
        assertThat(stays.received()).containsExactly("1", "2", "3");
    }

    @Test
    void shouldDeliverToANewSubscriberOfATopicThatIsStillMarkedForASweep() {
        TestSubscriber first = test.subscribe("ch");
        test.publish("1");
        first.leave();
        TestSubscriber second = test.subscribe("ch");
        test.publish("2");
        test.run();

        assertThat(first.received()).isEmpty();
        assertThat(second.received()).containsExactly("2");
    }

    @Test
    void shouldGoOnWhenTheOnlySubscriberLeavesDuringItsNotification() {
        TestSubscriber leaves = test.subscribe("ch");
        TestSubscriber stays = test.subscribe("other");
        leaves.onEvents = leaves::leave;
        test.publish("other", "1", null); // This topic is swept after the other one.
        test.publish("ch", "2", null);
        test.run();

        assertThat(stays.received()).containsExactly("1");
        assertThat(test.counters().sweeps()).isEqualTo(1);
    }

    @Test
    void shouldGoOnWhenAllSubscribersLeaveDuringTheFirstNotification() {
        List<TestSubscriber> subscribers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            TestSubscriber subscriber = test.subscribe("ch");
            subscriber.onEvents = () -> subscribers.forEach(TestSubscriber::leave);
            subscribers.add(subscriber);
        }
        TestSubscriber stays = test.subscribe("other");
        test.publish("other", "1", null);
        test.publish("ch", "2", null);
        test.run();

        assertThat(stays.received()).containsExactly("1");
        assertThat(subscribers.stream().mapToInt(subscriber -> subscriber.told).sum())
                .isEqualTo(1);
    }

    @Test
    void shouldMeasureLagByUnsentBytes() {
        TestSubscriber subscriber = test.subscribe("ch");
        subscriber.busy = true;
        publish(1, 3);
        test.run();
        assertThat(subscriber.subscription().lagBytes()).isEqualTo(6);

        assertThat(subscriber.pollOnce()).isEqualTo("1;2;3;");
        assertThat(subscriber.subscription().lagBytes()).isEqualTo(6);
        subscriber.subscription().sent();
        assertThat(subscriber.subscription().lagBytes()).isZero();
    }
}

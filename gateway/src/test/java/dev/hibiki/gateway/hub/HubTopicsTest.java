package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.wire.WireFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Topics exist while they have subscribers, and some idle ones are kept. */
class HubTopicsTest {
    private static final int KEPT = 64;
    private static final int SEGMENT = 16_384;

    private final TestHub test = new TestHub(1, new LogLimits(1L << 30, SEGMENT, 1 << 20, (long) KEPT * SEGMENT), "ch");

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private void publishRoutes(int from, int to) {
        for (int i = from; i <= to; i++) {
            test.publish("ch", Integer.toString(i), "R" + i);
        }
    }

    @Test
    void shouldDropATopicWithoutEventsWhenItsLastSubscriberLeaves() {
        TestSubscriber first = test.subscribe(test.topic("nowhere"));
        TestSubscriber second = test.subscribe(test.topic("nowhere"));
        assertThat(test.hub.topicCount()).isEqualTo(1);

        first.leave();
        assertThat(test.hub.topicCount()).isEqualTo(1);
        second.leave();
        assertThat(test.hub.topicCount()).isZero();
    }

    @Test
    void shouldKeepATopicWithEvents() {
        TestSubscriber subscriber = test.subscribe(test.topic("JP"));
        test.publish("ch", "1", "JP");
        test.run();
        subscriber.leave();

        assertThat(test.hub.topicCount()).isEqualTo(2);
        assertThat(test.hub.memory().segmentBytes()).isEqualTo(2 * SEGMENT).isEqualTo(test.memory());
        Topic again = test.topic("JP");
        assertThat(again.log.head()).isEqualTo(2);
        assertThat(again).hasToString("ch/JP");
        test.hub.release(again);
    }

    @Test
    void shouldLimitTheIdleTopicsByTheirMemory() {
        publishRoutes(1, 1000);

        assertThat(test.hub.topicCount()).isEqualTo(KEPT);
        assertThat(test.memory()).isEqualTo((long) KEPT * SEGMENT);
    }

    @Test
    void shouldLimitTheNumberOfIdleTopicsHoweverSmall() {
        try (TestHub small = new TestHub(1, new LogLimits(64, 32, 32), "ch")) {
            for (int i = 0; i < 5_000; i++) {
                small.publish("ch", Integer.toString(i), "R" + i);
            }
            assertThat(small.hub.topicCount()).isEqualTo(4_096);
        }
    }

    @Test
    void shouldEvictOtherIdleTopicsForOneThatGrows() {
        publishRoutes(1, 40);
        long before = test.memory();
        String large = "x".repeat(SEGMENT / 2);
        for (int i = 0; i < 30; i++) {
            test.publish("ch", large, "R1");
        }

        assertThat(test.memory()).isGreaterThan(before);
        // Each of the event's two topics may grow by one segment after it was counted.
        assertThat(test.hub.topicCount()).isBetween(2, 30);
        assertThat(test.topic("R1").log.head()).isGreaterThan(15L * SEGMENT);
        assertThat(test.topic("R40").log.head()).isPositive();
        assertThat(test.topic("R2").log.head()).isZero();
    }

    @Test
    void shouldKeepTheMostRecentIdleTopicWhateverItsSize() {
        String large = "x".repeat(SEGMENT);
        for (int i = 0; i < 2 * KEPT; i++) {
            test.publish("ch", large, null);
        }
        assertThat(test.topic(null).log.head()).isGreaterThan(2L * KEPT * SEGMENT);
    }

    @Test
    void shouldHaveRoomAgainWhenAnIdleTopicGetsASubscriber() {
        for (int round = 0; round < 3; round++) {
            publishRoutes(1, 2 * KEPT);
            TestSubscriber subscriber = test.subscribe(test.topic("R" + 2 * KEPT));
            assertThat(test.hub.topicCount()).isEqualTo(KEPT);
            publishRoutes(1, 1);
            assertThat(test.hub.topicCount())
                    .as("topics, one of them with a subscriber")
                    .isEqualTo(KEPT + 1);
            subscriber.leave();
            assertThat(test.hub.topicCount()).isEqualTo(KEPT);
        }
    }

    @Test
    void shouldKeepTheMostRecentlyPublishedIdleTopics() {
        publishRoutes(1, 63);
        test.publish("ch", "again", "R1");
        publishRoutes(100, 161);

        Topic kept = test.topic("R1");
        Topic evicted = test.topic("R2");
        Topic channel = test.topic(null);
        assertThat(kept.log.head()).isPositive();
        assertThat(evicted.log.head()).isZero();
        assertThat(channel.log.head()).isPositive();
    }

    @Test
    void shouldNotEvictATopicWithASubscriber() {
        publishRoutes(1, 1);
        TestSubscriber subscriber = test.subscribe(test.topic("R1"));
        publishRoutes(2, 1000);
        publishRoutes(1, 1);
        test.run();

        assertThat(subscriber.received()).containsExactly("1");
        assertThat(test.hub.topicCount()).isEqualTo(KEPT + 1);
    }

    @Test
    void shouldDeliverToASubscriberOfATopicThatWasEvicted() {
        publishRoutes(1, 1000);
        TestSubscriber subscriber = test.subscribe(test.topic("R1"));
        publishRoutes(1, 1);
        test.run();

        assertThat(subscriber.received()).containsExactly("1");
    }

    @Test
    void shouldEvictWhenSubscribersLeave() {
        TestSubscriber[] subscribers = new TestSubscriber[100];
        for (int i = 0; i < subscribers.length; i++) {
            subscribers[i] = test.subscribe(test.topic("R" + i));
        }
        publishRoutes(0, 99);
        assertThat(test.hub.topicCount()).isEqualTo(101);
        for (TestSubscriber subscriber : subscribers) {
            subscriber.leave();
        }

        assertThat(test.hub.topicCount()).isEqualTo(KEPT);
    }

    @Test
    void shouldGiveBackTheOtherTopicsWhenThereIsNoMemoryForOne() {
        AtomicInteger asked = new AtomicInteger();
        Subscriber failing = new Subscriber() {
            @Override
            public WireFormat format() {
                if (asked.getAndIncrement() == 0) {
                    throw new OutOfMemoryError("as asked by the test");
                }
                return TestHub.FORMAT;
            }

            @Override
            public void onEvents() {}

            @Override
            public void onLagged() {}
        };
        try (TestHub test = new TestHub(1, LogLimits.retaining(1 << 20), "one", "two", "three")) {
            List<Topic> topics =
                    List.of(test.acquire("one", null), test.acquire("two", null), test.acquire("three", null));
            Subscription subscription = test.shard(0).subscribe(failing);
            test.shard(0).join(subscription, topics, List.of(), Long.MAX_VALUE, JoinResult.Listener.NONE);
            asked.set(0);
            subscription.close();

            assertThat(test.hub.topicCount()).isOne();
            assertThat(subscription.topics()).isEmpty();
        }
    }
}

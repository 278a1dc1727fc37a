package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogView;
import dev.hibiki.gateway.hub.log.TestLogs;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A subscriber that overruns the log is told so. Frames have 10 bytes, segments 100, and two segments are retained. */
class HubLagTest {
    private final TestHub test = new TestHub(1, new LogLimits(200, 100, 100), "ch");
    private int published;

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private void publish(int count) {
        publish(count, null);
    }

    private void publish(int count, @Nullable String route) {
        for (int i = 0; i < count; i++) {
            test.publish("ch", "%09d".formatted(++published), route);
        }
    }

    private TestSubscriber busySubscriber() {
        TestSubscriber subscriber = test.subscribe("ch");
        subscriber.busy = true;
        return subscriber;
    }

    @Test
    void shouldLetASubscriberLagWithinTheRetainedLog() {
        TestSubscriber subscriber = busySubscriber();
        publish(29);
        test.run();

        assertThat(subscriber.subscription().lagged()).isFalse();
        subscriber.readAll();
        assertThat(subscriber.received()).hasSize(29);
        assertThat(subscriber.lagged).isZero();
    }

    @Test
    void shouldTellASubscriberOnceThatItHasOverrun() {
        TestSubscriber slow = busySubscriber();
        TestSubscriber quick = test.subscribe("ch");
        for (int i = 0; i < 100; i++) {
            publish(1);
            test.run();
        }

        assertThat(slow.lagged).isEqualTo(1);
        assertThat(quick.lagged).isZero();
        assertThat(quick.received()).hasSize(100);
    }

    @Test
    void shouldCountPolledButUnsentBytesAsLag() {
        TestSubscriber subscriber = busySubscriber();
        publish(5);
        test.run();
        assertThat(subscriber.pollOnce()).hasSize(50);
        publish(40);
        test.run();

        assertThat(subscriber.lagged).isEqualTo(1);
    }

    @Test
    void shouldNotReportAnOverrunWhenAllBytesWereSent() {
        TestSubscriber subscriber = busySubscriber();
        publish(10);
        test.run();
        assertThat(subscriber.pollOnce()).hasSize(100);
        subscriber.subscription().sent();
        publish(29);
        test.run();

        assertThat(subscriber.subscription().lagged()).isFalse();
        assertThat(subscriber.lagged).isZero();
    }

    @Test
    void shouldGiveNothingWhenTheLogDropsSegmentsBetweenTheCheckAndThePoll() {
        TestSubscriber subscriber = busySubscriber();
        publish(1);
        test.run();
        assertThat(subscriber.subscription().lagged()).isFalse();
        publish(40);

        assertThat(subscriber.pollOnce()).isNull();
        test.run();
        assertThat(subscriber.lagged).isEqualTo(1);
    }

    @Test
    void shouldGiveNothingOfSeveralTopicsWhenOneLogDropsSegmentsBetweenTheCheckAndThePoll() {
        TestSubscriber subscriber = test.subscribe(test.topic("JP"), test.topic("KR"));
        subscriber.busy = true;
        publish(1, "JP");
        publish(1, "KR");
        test.run();
        assertThat(subscriber.subscription().lagged()).isFalse();
        publish(40, "KR");

        assertThat(subscriber.pollOnce()).isNull();
        test.run();
        assertThat(subscriber.lagged).isEqualTo(1);
    }

    @Test
    void shouldNoticeAnOverrunInAnyOfSeveralTopics() {
        TestSubscriber subscriber = test.subscribe(test.topic("JP"), test.topic("KR"));
        subscriber.busy = true;
        publish(1, "JP");
        publish(40, "KR");
        test.run();

        assertThat(subscriber.lagged).isEqualTo(1);
    }

    @Test
    void shouldServeOtherTopicsWhenTheOnlySubscriberOfOneOverruns() {
        TestSubscriber slow = test.subscribe(test.topic("JP"));
        slow.busy = true;
        TestSubscriber other = test.subscribe(test.topic("KR"));
        publish(1, "KR");
        publish(40, "JP");
        test.run();

        assertThat(slow.lagged).isEqualTo(1);
        assertThat(other.received()).containsExactly("000000001");
    }

    @Test
    void shouldNotBeAheadOfALogThatRolledAndDroppedWhileTheViewLooked() {
        TestSubscriber subscriber = busySubscriber();
        Topic topic = test.topic(null);
        publish(5);
        LogView view = Objects.requireNonNull(topic.shard(0)).view;

        // The last ones drop the first two of the segments there are by then, so that the view can only hold the third.
        TestLogs.refresh(view, topic.log, () -> publish(16), () -> publish(20));
        subscriber
                .subscription()
                .skipLost(any -> false, (lossy, missed) -> subscriber.losses.add(lossy + " " + missed));

        assertThat(subscriber.subscription().lagBytes()).isZero();
        assertThat(subscriber.losses).containsExactly("ch 20");
        subscriber.readAll();
        assertThat(subscriber.received()).hasSize(21).startsWith("000000021");
    }

    @Test
    void shouldHoldNoMemoryForSlowSubscribers() {
        for (int i = 0; i < 20; i++) {
            busySubscriber();
        }
        for (int i = 0; i < 200; i++) {
            publish(1);
            test.run();
            assertThat(test.memory())
                    .isEqualTo(test.hub.memory().segmentBytes())
                    .isLessThanOrEqualTo(400);
        }
    }
}

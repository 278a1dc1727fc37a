package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Joins that wait, when one of them fails, is given up, or must not wait. The channels a and b have a common order. */
class WaitingJoinsTest {
    private final TestHub test = new TestHub(1, LogLimits.retaining(1L << 30), "a", "b");
    private final TestSubscriber subscriber = new TestSubscriber();
    private final List<String> told = new ArrayList<>();
    private final JoinResult.Listener listener =
            (channels, start) -> told.add(channels + " " + start.resumed() + " " + start.lastId());

    private final TestProgress a = new TestProgress("ab");
    private final TestProgress b = new TestProgress("ab");

    WaitingJoinsTest() {
        test.hub.follow(spec("a"), a);
        test.hub.follow(spec("b"), b);
    }

    private ChannelSpec spec(String name) {
        return Objects.requireNonNull(test.hub.channels().owner(name));
    }

    @AfterEach
    void close() {
        subscriber.leave();
        test.close();
    }

    private @Nullable JoinResult join(String channels, String lastId) {
        List<Topic> topics = channels.chars()
                .mapToObj(channel -> test.acquire(Character.toString(channel), null))
                .toList();
        return test.shard(0).join(subscriber.enter(test.shard(0)), topics, List.of(lastId), Long.MAX_VALUE, listener);
    }

    private void loadA() {
        a.loaded = true;
        test.hub.progressed();
        test.run();
    }

    /** The writing of a greeting may find no memory. */
    @Test
    void shouldLetTheOthersJoinWhenOneOfThemCannotBeTold() {
        List<TestSubscriber> many = new ArrayList<>();
        List<Throwable> failures = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            boolean fails = i % 100 == 0;
            TestSubscriber one = new TestSubscriber();
            many.add(one);
            JoinResult.Listener failing = new JoinResult.Listener() {
                @Override
                public void joined(List<String> channels, JoinResult start) {
                    if (fails) {
                        throw new OutOfMemoryError("greeting");
                    }
                    told.add("joined");
                }

                @Override
                public void failed(Throwable cause) {
                    failures.add(cause);
                }
            };
            test.shard(0).join(one.enter(test.shard(0)), List.of(test.acquire("a", null)), List.of(), 0, failing);
        }
        loadA();
        many.forEach(TestSubscriber::leave);

        assertThat(told).hasSize(297);
        assertThat(failures).hasSize(3);
    }

    @Test
    void shouldTellAGapToASubscriptionThatGivesUpWhatItWouldHaveResumed() {
        join("a", "old");
        subscriber.subscription().remove(subscriber.subscription().topics().get(0));

        assertThat(told).containsExactly("[] GAP null");
    }

    /** Events of b that are being loaded have later sequences than those of a, whatever the order of their publication. */
    @Test
    void shouldTellAGapOfAChannelWhenTheEventIsOfOneThatIsBeingLoaded() {
        loadA();
        test.publish("a", "1", null);
        test.publish("b", "old", null);
        assertThat(join("ab", "old")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "1"));
    }

    @Test
    void shouldNotLetADetachedTopicWaitForTheChannelOfItsName() {
        Topic detached =
                test.hub.createDetached("a", TestHub.FORMAT, LogLimits.retaining(1 << 10), () -> test.counters());
        TestSubscriber probe = test.subscribe(test.hub.acquire(detached));
        test.hub.publish(detached, TestHub.event("1", null));
        test.run();
        probe.leave();
        test.hub.release(detached);

        assertThat(probe.received()).containsExactly("1");
    }
}

package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Joins that wait for the progress of a channel. */
class HubWaitingTest extends ProgressScene {
    @Test
    void shouldLetANewClientBeginAfterWhatIsLoaded() {
        assertThat(join("a")).isNull();
        publish("a", "old1", "old2");
        load(a);
        publish("a", "live");

        assertThat(told).containsExactly("[a] NEW old2");
        assertThat(subscriber.received()).containsExactly("live");
    }

    @Test
    void shouldLetAClientResumeInWhatIsLoaded() {
        assertThat(join("a", "old1")).isNull();
        publish("a", "old1", "old2", "old3");
        load(a);

        assertThat(told).containsExactly("[a] OK old1");
        assertThat(subscriber.received()).containsExactly("old2", "old3");
    }

    @Test
    void shouldTellAGapToAClientWhoseEventWasNotLoaded() {
        join("a", "older");
        publish("a", "old");
        load(a);
        publish("a", "live");

        assertThat(told).containsExactly("[a] GAP old");
        assertThat(subscriber.received()).containsExactly("live");
    }

    @Test
    void shouldKeepOnlyTheTopicsOfTheChannelWaiting() {
        load(a);
        assertThat(join("ac")).isEqualTo(new JoinResult(ResumeOutcome.NEW, null));
        publish("c", "old");
        publish("a", "live");
        assertThat(subscriber.received()).containsExactly("live");

        load(c);
        publish("c", "later");

        assertThat(told).containsExactly("[c] NEW old");
        assertThat(subscriber.received()).containsExactly("live", "later");
    }

    /** A channel that was loaded alone has old events behind the live ones of the other. */
    @Test
    void shouldWaitForAnEventThatIsNotReadYet() {
        load(a);
        a.expected.add("3");
        publish("a", "1");
        assertThat(join("a", "3")).isNull();
        publish("a", "2", "3", "4");
        a.expected.clear();
        progressed();

        assertThat(told).containsExactly("[a] OK 3");
        assertThat(subscriber.received()).containsExactly("4");
    }

    @Test
    void shouldTellAGapAndSkipNothingWhenTheEventDoesNotCome() {
        load(a);
        a.expected.add("9");
        publish("a", "1");
        join("a", "9");
        publish("a", "2");
        a.expected.clear();
        progressed();
        publish("a", "3");

        // No id: a client that named the newest one later would not get event 2 when it comes back.
        assertThat(told).containsExactly("[a] GAP null");
        assertThat(subscriber.received()).containsExactly("2", "3");
    }

    @Test
    void shouldNotWaitForAnEventOfOneOfSeveralChannels() {
        load(a, b);
        a.expected.add("9");
        publish("a", "1");

        assertThat(join("ab", "9")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "1"));
    }

    @Test
    void shouldWaitUntilTheSubscriberIsIdle() {
        subscriber.idle = false;
        join("a");
        load(a);
        assertThat(told).isEmpty();
        assertThat(test.shard(0).hasWaitingJoins(subscriber.subscription())).isTrue();

        subscriber.idle = true;
        test.shard(0).retryJoins(subscriber.subscription());

        assertThat(told).containsExactly("[a] NEW null");
        assertThat(test.shard(0).hasWaitingJoins(subscriber.subscription())).isFalse();
    }

    @Test
    void shouldForgetASubscriptionThatIsClosed() {
        join("ac");
        Subscription closed = subscriber.subscription();
        subscriber.leave();
        load(a, c);

        assertThat(told).isEmpty();
        assertThat(test.shard(0).hasWaitingJoins(closed)).isFalse();
    }

    @Test
    void shouldForgetATopicThatIsGivenUp() {
        join("ac");
        Topic given = subscriber.subscription().topics().stream()
                .filter(topic -> topic.channel().equals("a"))
                .findFirst()
                .orElseThrow();
        subscriber.subscription().remove(given);
        load(a);
        publish("a", "1");
        load(c);
        publish("c", "2");

        assertThat(told).containsExactly("[c] NEW null");
        assertThat(subscriber.received()).containsExactly("2");
    }

    @Test
    void shouldTellASubscriptionThatGivesUpEverythingItWaitsFor() {
        join("a");
        subscriber.subscription().remove(subscriber.subscription().topics().get(0));

        assertThat(told).containsExactly("[] NEW null");
        assertThat(test.shard(0).hasWaitingJoins(subscriber.subscription())).isFalse();
    }

    @Test
    void shouldHaveNoLagWhileItWaits() {
        join("a");
        publish("a", "1", "2");
        Topic waiting = subscriber.subscription().topics().get(0);

        assertThat(subscriber.subscription().lagBytes()).isZero();
        assertThat(subscriber.subscription().lagEvents()).isZero();
        assertThat(subscriber.subscription().lagged()).isFalse();
        assertThat(subscriber.subscription().polledSequence(waiting, (topic, missed) -> {}))
                .isEqualTo(Long.MAX_VALUE);
    }

    /** There are more clients than one task lets join. */
    @Test
    void shouldLetManyClientsJoinOneAfterTheOther() {
        List<TestSubscriber> many = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            TestSubscriber one = new TestSubscriber();
            many.add(one);
            test.shard(0).join(one.enter(test.shard(0)), List.of(test.acquire("a", null)), List.of(), 0, listener);
        }
        load(a);
        publish("a", "1");
        many.forEach(TestSubscriber::leave);

        assertThat(told).hasSize(300);
        assertThat(many).allSatisfy(one -> assertThat(one.received()).containsExactly("1"));
    }
}

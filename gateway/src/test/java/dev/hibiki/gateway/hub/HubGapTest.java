package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Subscribers get notices of lost events, at the place of the loss. */
class HubGapTest {
    private final TestHub test = new TestHub(1, LogLimits.retaining(1 << 20), "ch", "pat.*");

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private TestSubscriber noticing(Topic... topics) {
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.readsNotices = true;
        test.resume(subscriber, List.of(), topics);
        return subscriber;
    }

    private void publishAroundAGap() {
        test.publish("ch", "1", "JP");
        test.publish("ch", "2", "KR");
        test.gap("ch", 5);
        test.publish("ch", "3", "JP");
        test.publish("ch", "4", "KR");
        test.run();
    }

    @Test
    void shouldGiveNoticesInTheRightPlaceAndOnlyToSubscribersThatReadThem() {
        TestSubscriber plain = test.subscribe("ch");
        TestSubscriber noticing = noticing(test.topic(null));
        TestSubscriber route = noticing(test.topic("JP"));

        publishAroundAGap();

        assertThat(plain.received()).containsExactly("1", "2", "3", "4");
        assertThat(noticing.received()).containsExactly("1", "2", "gap ch 5", "3", "4");
        assertThat(route.received()).as("nobody knows how many were of it").containsExactly("1", "gap ch -1", "3");
    }

    @Test
    void shouldGiveOneNoticeToASubscriberOfSeveralTopicsOfTheChannel() {
        TestSubscriber noticing = noticing(test.topic("JP"), test.topic("KR"), test.topic("VN"));
        TestSubscriber plain = test.subscribe(test.topic("JP"), test.topic("KR"), test.topic("VN"));

        publishAroundAGap();

        assertThat(noticing.received()).containsExactly("1", "2", "gap ch -1", "3", "4");
        assertThat(plain.received()).containsExactly("1", "2", "3", "4");
    }

    @Test
    void shouldReadAcrossNoticesAfterASubscriberWasBusy() {
        TestSubscriber plain = test.subscribe("ch");
        TestSubscriber noticing = noticing(test.topic(null));
        plain.busy = true;
        noticing.busy = true;
        test.gap("ch", 1);
        publishAroundAGap();
        test.gap("ch", 2);
        plain.readAll();
        noticing.readAll();

        assertThat(plain.received()).containsExactly("1", "2", "3", "4");
        assertThat(noticing.received()).containsExactly("gap ch 1", "1", "2", "gap ch 5", "3", "4", "gap ch 2");
        assertThat(plain.subscription().lagBytes()).isZero();
    }

    @Test
    void shouldGiveTheNoticeOfAPatternToSubscribersOfItsChannels() {
        TestSubscriber concrete = noticing(test.acquire("pat.a", null));
        TestSubscriber pattern = noticing(test.acquire("pat.*", null));
        TestSubscriber other = noticing(test.topic(null));

        test.gap("pat.*", -1);
        test.run();

        assertThat(concrete.received()).containsExactly("gap pat.a -1");
        assertThat(pattern.received()).containsExactly("gap pat.* -1");
        assertThat(other.received()).isEmpty();
    }

    @Test
    void shouldReportTheGapOfAPatternToAClientOfAChannelThatHasNoTopicYet() {
        test.publish("1");
        test.gap("pat.*", 2);

        JoinResult start =
                test.resume(new TestSubscriber(), List.of("1"), test.acquire("pat.new", null), test.topic(null));

        assertThat(start.resumed()).isEqualTo(ResumeOutcome.GAP);
    }
}

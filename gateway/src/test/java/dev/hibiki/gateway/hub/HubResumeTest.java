package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HubResumeTest {
    private static final JoinResult UNKNOWN_AFTER_3 = new JoinResult(ResumeOutcome.GAP, "3");

    private TestHub test = new TestHub(1, LogLimits.retaining(1 << 20).keepingIdle(1 << 20), "ch", "other", "pat.*");
    private final TestSubscriber subscriber = new TestSubscriber();

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private void restart(LogLimits limits) {
        test.close();
        test = new TestHub(1, limits, "ch");
    }

    private void publish(String... ids) {
        for (String id : ids) {
            test.publish("ch", id, "JP");
        }
    }

    private JoinResult resume(String lastId) {
        return test.resume(subscriber, List.of(lastId), test.topic(null));
    }

    @Test
    void shouldStartWithTheNextEventAndReturnTheLastId() {
        publish("1", "2");

        assertThat(test.resume(subscriber, List.of(), test.topic(null)))
                .isEqualTo(new JoinResult(ResumeOutcome.NEW, "2"));
        publish("3");
        test.run();

        assertThat(subscriber.received()).containsExactly("3");
    }

    @Test
    void shouldHaveNoLastIdBeforeTheFirstEvent() {
        assertThat(test.resume(subscriber, List.of(), test.topic("KR")))
                .isEqualTo(new JoinResult(ResumeOutcome.NEW, null));
    }

    @Test
    void shouldDeliverExactlyTheMissedEventsAndThenGoOn() {
        publish("1", "2", "3");

        assertThat(resume("1")).isEqualTo(new JoinResult(ResumeOutcome.OK, "1"));
        assertThat(subscriber.received()).containsExactly("2", "3");
        publish("4");
        test.run();

        assertThat(subscriber.received()).containsExactly("2", "3", "4");
    }

    @Test
    void shouldDeliverNoMissedEventAfterTheLastId() {
        publish("1", "2");

        assertThat(resume("2")).isEqualTo(new JoinResult(ResumeOutcome.OK, "2"));
        assertThat(subscriber.received()).isEmpty();
    }

    @Test
    void shouldAnswerAnUnknownIdWithAGapAndContinueLive() {
        publish("1", "2", "3");

        assertThat(resume("elsewhere")).isEqualTo(UNKNOWN_AFTER_3);
        publish("4");
        test.run();

        assertThat(subscriber.received()).containsExactly("4");
    }

    @Test
    void shouldAnswerAnIdThatIsNoLongerRetainedWithAGap() {
        restart(new LogLimits(8, 4, 4));
        for (int i = 1; i <= 40; i++) {
            publish("n" + i);
        }

        assertThat(resume("n1").resumed()).isEqualTo(ResumeOutcome.GAP);
        assertThat(test.resume(new TestSubscriber(), List.of("n40"), test.topic(null))
                        .resumed())
                .isEqualTo(ResumeOutcome.OK);
    }

    @Test
    void shouldResumeInSeveralTopicsFromOneIdInTheOrderOfPublication() {
        test.publish("ch", "1", "JP");
        test.publish("ch", "2", "KR");
        test.publish("ch", "3", "JP");
        test.publish("ch", "4", "VN");
        test.publish("ch", "5", "KR");

        JoinResult start = test.resume(subscriber, List.of("1"), test.topic("JP"), test.topic("KR"));

        assertThat(start.resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("2", "3", "5");
    }

    @Test
    void shouldResumeATopicFromAnEventOfAnotherRouteOfItsChannel() {
        test.publish("ch", "1", "JP");
        test.publish("ch", "2", "KR");
        test.publish("ch", "3", "KR");

        assertThat(test.resume(subscriber, List.of("1"), test.topic("KR")).resumed())
                .isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("2", "3");
    }

    @Test
    void shouldResumeEachChannelFromItsOwnIdAndTheOthersFromTheEarliest() {
        test.publish("ch", "1", null);
        test.publish("other", "a", null);
        test.publish("ch", "2", null);
        test.publish("other", "b", null);
        Topic[] both = {test.topic(null), test.acquire("other", null)};
        test.resume(subscriber, List.of("2", "a"), both);
        TestSubscriber second = new TestSubscriber();
        test.resume(second, List.of("a"), test.topic(null), test.acquire("other", null));

        assertThat(subscriber.received()).containsExactly("b");
        assertThat(second.received()).containsExactly("2", "b");
    }

    @Test
    void shouldDeliverTwiceRatherThanNeverWhenAnIdIsAmbiguous() {
        publish("x", "1", "x", "2");

        resume("x");

        assertThat(subscriber.received()).containsExactly("1", "x", "2");
    }

    @Test
    void shouldReportAGapWithinTheMissedEvents() {
        publish("1", "2");
        test.gap("ch", 7);
        publish("3");
        subscriber.readsNotices = true;

        // Not the newest id: a client that leaves before the first event would not get these events when it comes back.
        assertThat(resume("1")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "1"));
        assertThat(subscriber.received()).containsExactly("2", "gap ch 7", "3");
    }

    @Test
    void shouldReportAGapInATopicWithoutEvents() {
        publish("1");
        test.gap("ch", -1);

        assertThat(test.resume(subscriber, List.of("1"), test.topic("KR")).resumed())
                .isEqualTo(ResumeOutcome.GAP);
    }

    @Test
    void shouldReportAGapForATopicThatWasEvicted() {
        publish("1");
        test.publish("ch", "2", "KR");
        for (int i = 0; i < 1_100; i++) { // Each of these regions takes a kilobyte.
            test.publish("ch", "n" + i, "R" + i);
        }

        assertThat(test.resume(subscriber, List.of("1"), test.topic("KR")).resumed())
                .isEqualTo(ResumeOutcome.GAP);
    }

    @Test
    void shouldResumeInANewLogOfAnotherFormat() {
        publish("1", "2", "3");
        Topic variant = test.hub.acquire("ch", null, TestHub::encode);

        assertThat(test.resume(subscriber, List.of("1"), variant).resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("2", "3");
    }

    @Test
    void shouldReadNothingFromARemovedTopic() {
        Topic korea = test.topic("KR");
        test.resume(subscriber, List.of(), test.topic("JP"), korea);
        test.publish("ch", "1", "KR");
        test.run();
        assertThat(subscriber.subscription().remove(korea)).isTrue();
        assertThat(subscriber.subscription().remove(korea)).isFalse();
        test.publish("ch", "2", "KR");
        test.publish("ch", "3", "JP");
        test.run();

        assertThat(subscriber.received()).containsExactly("1", "3");
    }
}

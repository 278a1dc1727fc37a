package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Resumes in several channels, which have a common order or not. */
class HubOrdersTest extends ProgressScene {
    @Test
    void shouldReadBothChannelsInOneOrderFromOneId() {
        join("ab", "1");
        publish("a", "1");
        publish("b", "2");
        publish("a", "3");
        load(a, b);

        assertThat(told).containsExactly("[a, b] OK 1");
        assertThat(subscriber.received()).containsExactly("2", "3");
    }

    @Test
    void shouldTellAGapOfAChannelOfAnotherOrderAndSendItsLiveEvents() {
        publish("c", "old");
        load(a, c);
        publish("a", "1");
        publish("c", "2");
        assertThat(join("ac", "1")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "1"));
        subscriber.readAll();

        assertThat(subscriber.received()).containsExactly("2");
    }

    /** A channel that was loaded alone has old events behind the live ones of the other. */
    @Test
    void shouldNotSendTheWholePastOfAChannelThatWasLoadedLater() {
        publish("a", "1");
        load(a);
        publish("b", "old1", "old2");
        load(b);
        assertThat(join("ab", "1")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "1"));
        publish("b", "live");

        assertThat(subscriber.received()).containsExactly("live");
    }

    @Test
    void shouldTellNoGapWhenEachChannelHasItsOwnId() {
        load(a, c);
        publish("a", "1", "2");
        publish("c", "3", "4");
        assertThat(join("ac", "1", "3")).isEqualTo(new JoinResult(ResumeOutcome.OK, "1"));
        subscriber.readAll();

        assertThat(subscriber.received()).containsExactly("2", "4");
    }

    /** Another gateway may have had the event of a before the first one of c. */
    @Test
    void shouldTellAGapAfterAnIdOfTwoChannelsWithoutACommonOrder() {
        load(a, c);
        publish("c", "1", "2");
        publish("a", "2");

        assertThat(join("ac", "2")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "2"));
    }

    /** Another gateway may have had the first event of b after those of a. */
    @Test
    void shouldSendEventsOfAnotherChannelThatWerePublishedAtTheSameTime() {
        load(a, b);
        a.isTimed = true;
        publish("a", "1-0");
        publish("b", "2-0");
        publish("a", "2-0", "2-1");
        publish("b", "3-0");
        assertThat(join("ab", "2-1")).isEqualTo(new JoinResult(ResumeOutcome.OK, "2-1"));
        subscriber.readAll();

        assertThat(subscriber.received()).containsExactly("2-0", "2-0", "2-1", "3-0");
    }
}

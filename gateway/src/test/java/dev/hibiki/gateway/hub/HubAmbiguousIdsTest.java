package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Resuming after an id that several events have. The name of an event is that of its channel and a number. */
class HubAmbiguousIdsTest {
    private final TestHub test = new TestHub(1, LogLimits.retaining(1L << 30), "a", "b", "c");
    private final TestSubscriber subscriber = new TestSubscriber();

    @AfterEach
    void close() {
        test.close();
    }

    private JoinResult resume(String channels, String... lastIds) {
        Topic[] topics = channels.chars()
                .mapToObj(channel -> test.acquire(Character.toString(channel), null))
                .toArray(Topic[]::new);
        return test.resume(subscriber, List.of(lastIds), topics);
    }

    private void publish(String channel, String id) {
        test.publishNamed(channel, id, channel + id);
    }

    /** Also the first one, since another gateway may have them in another order. */
    @Test
    void shouldSendAnEventOfAnotherChannelThatHasTheSameId() {
        publish("a", "2000-0");
        publish("b", "2000-0");

        assertThat(resume("ab", "2000-0")).isEqualTo(new JoinResult(ResumeOutcome.OK, "2000-0"));
        assertThat(subscriber.received()).containsExactly("a2000-0", "b2000-0");
    }

    @Test
    void shouldResumeFromTheFirstPlaceInAllChannels() {
        publish("a", "1");
        publish("c", "5");
        publish("b", "1");
        publish("a", "2");

        assertThat(resume("bca", "1").resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("a1", "c5", "b1", "a2");
    }

    @Test
    void shouldResumeFromTheFirstPlaceInOneChannel() {
        test.publishNamed("a", "same", "first");
        publish("a", "1");
        test.publishNamed("a", "same", "second");
        publish("a", "2");

        assertThat(resume("a", "same").resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("a1", "second", "a2");
    }

    /** The client may have seen either of two pairs last in each channel. */
    @Test
    void shouldSendEverythingInDoubtWhenSeveralIdsAreAmbiguous() {
        for (String id : List.of("1", "2")) {
            publish("a", id);
            publish("b", id);
        }

        assertThat(resume("ab", "2", "1").resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("a1", "b1", "a2", "b2");
    }

    @Test
    void shouldRelyOnAnIdWithOnePlaceInItsChannel() {
        publish("a", "1");
        publish("b", "sure");
        publish("b", "1");
        publish("b", "2");

        assertThat(resume("ab", "1", "sure").resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("a1", "b1", "b2");
    }

    @Test
    void shouldIgnoreOtherPlacesOutsideOfTheChannelsThatAreRead() {
        publish("a", "1");
        publish("a", "2");
        publish("b", "1");
        publish("a", "3");

        assertThat(resume("a", "1").resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("a2", "a3");
    }

    @Test
    void shouldSendAtMostAThousandEventsBeforeTheLastPlaceAndTellAGap() {
        IntStream.rangeClosed(1, 3_000).forEach(i -> test.publishNamed("a", "same", Integer.toString(i)));
        publish("a", "after");

        assertThat(resume("a", "same")).isEqualTo(new JoinResult(ResumeOutcome.GAP, "same"));
        assertThat(subscriber.received()).hasSize(1_001).startsWith("2001").endsWith("3000", "aafter");
    }

    @Test
    void shouldTellNoGapWhenExactlyAThousandEventsAreInDoubt() {
        IntStream.rangeClosed(0, 1_000).forEach(i -> test.publishNamed("a", "same", Integer.toString(i)));

        assertThat(resume("a", "same").resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).hasSize(1_000).startsWith("1");
    }

    @Test
    void shouldSendAtMost256KiBBeforeTheLastPlaceOfAllChannelsTogether() {
        String name = "x".repeat(1023);
        for (int i = 0; i < 300; i++) {
            test.publishNamed("a", "same", name);
            test.publishNamed("b", "same", name);
        }

        assertThat(resume("ab", "same").resumed()).isEqualTo(ResumeOutcome.GAP);
        assertThat(subscriber.received()).hasSize(256);
    }

    /** The client has certainly not seen the events after the last place. */
    @Test
    void shouldSendEverythingAfterTheLastPlace() {
        IntStream.range(0, 1_500).forEach(i -> test.publishNamed("a", "same", "same" + i));
        IntStream.range(0, 5_000).forEach(i -> publish("a", Integer.toString(i)));

        assertThat(resume("a", "same").resumed()).isEqualTo(ResumeOutcome.GAP);
        assertThat(subscriber.received()).hasSize(6_000).startsWith("same500").endsWith("a4999");
    }

    @Test
    void shouldLimitEachIdByItsOwnPlaces() {
        publish("a", "x");
        publish("b", "x");
        IntStream.range(0, 2_000).forEach(i -> publish("b", Integer.toString(i)));
        publish("b", "y");
        publish("b", "y");

        assertThat(resume("ab", "x", "y").resumed()).isEqualTo(ResumeOutcome.OK);
    }
}

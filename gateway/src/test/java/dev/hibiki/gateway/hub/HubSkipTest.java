package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A subscriber that overruns the log may skip and stay. Logs keep a few segments of four events each. */
class HubSkipTest {
    private final TestHub test = new TestHub(1, new LogLimits(12, 12, 12), "ch");
    private final TestSubscriber slow = new TestSubscriber();

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private void subscribeSlow(boolean latestOnly, Topic... topics) {
        slow.skips = true;
        slow.latestOnly = latestOnly;
        test.resume(slow, List.of(), topics);
        slow.busy = true;
    }

    /** Publishes events whose frames have three bytes each. */
    private void publish(int from, int to) {
        IntStream.rangeClosed(from, to).forEach(i -> test.publish("ch", Integer.toString(i), "JP"));
        test.run();
    }

    private void wakeUp() {
        slow.busy = false;
        test.publish("ch", "99", "JP");
        test.run();
    }

    private long missed() {
        return slow.losses.stream()
                .mapToLong(loss -> Long.parseLong(loss.substring(loss.indexOf(' ') + 1)))
                .sum();
    }

    @Test
    void shouldContinueWithTheOldestRetainedEventAndCountTheSkippedOnes() {
        subscribeSlow(false, test.topic(null));
        publish(10, 29);

        wakeUp();

        List<String> received = slow.received();
        assertThat(received).endsWith("27", "28", "29", "99");
        assertThat(received.get(0)).isGreaterThan("10");
        assertThat(missed() + received.size()).isEqualTo(21);
        assertThat(slow.losses).allMatch(loss -> loss.startsWith("ch "));
    }

    @Test
    void shouldCountCorrectlyOnASecondOverrun() {
        subscribeSlow(false, test.topic(null));
        publish(10, 29);
        wakeUp();
        slow.busy = true;
        publish(30, 59);
        wakeUp();

        assertThat(missed() + slow.received().size()).isEqualTo(20 + 1 + 30 + 1);
        assertThat(slow.received()).containsOnlyOnce("29", "59");
    }

    @Test
    void shouldGiveOnlyTheNewestRetainedEventOfEachKey() {
        subscribeSlow(true, test.topic(null));
        publish(10, 29);
        test.publishKeyed("a1", "a");
        test.publishKeyed("b1", "b");
        test.publishKeyed("a2", "a");
        test.publish("k1");
        test.publishKeyed("a3", "a");

        slow.busy = false;
        test.run();

        assertThat(slow.received()).containsSubsequence("b1", "k1", "a3").doesNotContain("a1", "a2");
        assertThat(missed() + slow.received().size()).isEqualTo(20 + 5);
    }

    @Test
    void shouldGiveEveryEventThatComesAfterTheSkip() {
        subscribeSlow(true, test.topic(null));
        publish(10, 29);
        test.publishKeyed("a1", "a");
        test.publishKeyed("a2", "a");
        slow.busy = false;
        test.run();
        test.publishKeyed("a3", "a");
        test.publishKeyed("a4", "a");
        test.run();

        assertThat(slow.received()).endsWith("a2", "a3", "a4");
    }

    @Test
    void shouldReadTheRetainedEventsInSmallRuns() {
        slow.maxBytes = 3;
        subscribeSlow(true, test.topic(null));
        publish(10, 29);
        test.publishKeyed("a1", "a");
        test.publishKeyed("a2", "a");
        wakeUp();

        assertThat(slow.received()).endsWith("a2", "99").doesNotContain("a1");
        assertThat(missed() + slow.received().size()).isEqualTo(23);
    }

    @Test
    void shouldSkipOnlyInTheOverrunTopic() {
        subscribeSlow(false, test.topic("JP"), test.topic("KR"));
        test.publish("ch", "k1", "KR");
        publish(10, 29);

        wakeUp();

        assertThat(slow.received()).contains("k1").endsWith("29", "99");
        assertThat(slow.losses).allMatch(loss -> loss.startsWith("ch/JP "));
        assertThat(missed() + slow.received().size()).isEqualTo(22);
    }
}

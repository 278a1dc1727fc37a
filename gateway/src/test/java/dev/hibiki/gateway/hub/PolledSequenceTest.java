package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where a new topic has to begin when it takes the place of another one. */
class PolledSequenceTest {
    private static final Subscription.Losses NONE = (topic, missed) -> {
        throw new AssertionError("nothing is lost");
    };

    private final TestHub hub = new TestHub(1, new LogLimits(1_024, 512, 512), "ch");

    @AfterEach
    void close() {
        hub.close();
    }

    private static long polled(TestSubscriber reader, Subscription.Losses losses) {
        Subscription subscription = reader.subscription();
        return subscription.polledSequence(subscription.topics().get(0), losses);
    }

    @Test
    void shouldBeTheNewestEventOfAReaderThatHasAll() {
        TestSubscriber reader = hub.subscribe("ch");
        hub.publish("e1");
        hub.publish("ch", "e2", "JP");
        hub.run();

        assertThat(polled(reader, NONE)).isEqualTo(2);
    }

    @Test
    void shouldBeBeforeTheNextEventOfAReaderThatIsBehind() {
        TestSubscriber reader = hub.subscribe("ch");
        reader.busy = true;
        hub.publish("e1");
        hub.publish("e2");
        hub.run();
        assertThat(polled(reader, NONE)).isZero();

        reader.maxBytes = 3;
        assertThat(reader.pollOnce()).isEqualTo("e1;");
        assertThat(polled(reader, NONE)).isEqualTo(1);
    }

    /** A reader of one topic reads up to the head of its log, which moves before the event counts as published. */
    @Test
    void shouldNotBeBeforeAnEventThatWasPolledWhileItWasBeingPublished() {
        TestSubscriber reader = hub.subscribe("ch");
        reader.busy = true;
        List<Long> meanwhile = new ArrayList<>();
        WireFormat second = new WireFormat() {
            @Override
            public void encode(Event event, ByteBuf out) {
                TestHub.encode(event, out);
                assertThat(reader.pollOnce()).isEqualTo("e1;");
                meanwhile.add(polled(reader, NONE));
            }
        };
        TestSubscriber other = hub.subscribe(hub.hub.acquire("ch", null, second));
        hub.publish("e1");

        assertThat(meanwhile).containsExactly(1L);
        other.leave();
    }

    @Test
    void shouldBeTheTailOfAReaderThatWasOverrun() {
        TestSubscriber reader = hub.subscribe("ch");
        reader.busy = true;
        for (int i = 0; i < 30; i++) {
            hub.publish("x".repeat(100));
        }
        List<Integer> lost = new ArrayList<>();
        long polled = polled(reader, (topic, missed) -> lost.add(missed));

        assertThat(lost).hasSize(1);
        assertThat(polled).isEqualTo((long) lost.get(0)).isBetween(5L, 25L);
        assertThat(polled(reader, NONE)).isEqualTo(polled);
    }
}

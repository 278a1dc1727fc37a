package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HubFormatsTest {
    private final TestHub test = new TestHub(1, new LogLimits(64, 32, 32), "ch");
    private final MarkedFormat marked = new MarkedFormat();

    /** Marks each frame, and uses another mark for events that are older than the log. */
    private static final class MarkedFormat implements WireFormat {
        private int encoded;
        private boolean readsPlainFrames;

        @Override
        public boolean readsPlainFrames() {
            return readsPlainFrames;
        }

        @Override
        public void encode(Event event, ByteBuf out) {
            encoded++;
            out.writeCharSequence(event.id() + "!;", StandardCharsets.US_ASCII);
        }

        @Override
        public void reencode(ByteBuf plainFrame, boolean notice, ByteBuf out) {
            out.writeBytes(plainFrame, plainFrame.readerIndex(), plainFrame.readableBytes() - 1);
            out.writeCharSequence("?;", StandardCharsets.US_ASCII);
        }
    }

    @AfterEach
    void close() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private TestSubscriber subscribeMarked(@Nullable String route) {
        return test.subscribe(test.hub.acquire("ch", route, marked));
    }

    @Test
    void shouldGiveEachSubscriberTheFramesOfItsFormatInTheSameOrder() {
        TestSubscriber plain = test.subscribe("ch");
        TestSubscriber other = subscribeMarked(null);

        test.publish("1");
        test.publish("ch", "2", "JP");
        test.run();

        assertThat(plain.received()).containsExactly("1", "2");
        assertThat(other.received()).containsExactly("1!", "2!");
    }

    @Test
    void shouldEncodeOncePerFormatHoweverManyTopicsAndSubscribersThereAre() {
        for (int i = 0; i < 3; i++) {
            subscribeMarked(null);
            subscribeMarked("JP");
        }

        test.publish("ch", "1", "JP");
        test.run();

        assertThat(marked.encoded).isEqualTo(1);
    }

    @Test
    void shouldNotEncodeForAFormatWithoutSubscribers() {
        test.subscribe("ch");

        test.publish("1");

        assertThat(marked.encoded).isZero();
    }

    @Test
    void shouldBeginALogOfANewFormatEmpty() {
        test.publish("1");
        long before = test.memory();

        TestSubscriber subscriber = subscribeMarked(null);

        assertThat(test.memory()).isEqualTo(before);
        assertThat(marked.encoded).isZero();
        assertThat(subscriber.received()).isEmpty();
    }

    @Test
    void shouldReadOlderEventsFromThePlainLogAndThenItsOwn() {
        test.publish("1");
        test.publish("2");
        test.publish("3");
        TestSubscriber subscriber = new TestSubscriber();

        JoinResult start = test.resume(subscriber, List.of("1"), test.hub.acquire("ch", null, marked));
        test.publish("4");
        test.run();

        assertThat(start.resumed()).isEqualTo(ResumeOutcome.OK);
        assertThat(subscriber.received()).containsExactly("2?", "3?", "4!");
    }

    @Test
    void shouldSendOlderEventsAsTheyAreToClientsThatReadPlainFrames() {
        marked.readsPlainFrames = true;
        test.publish("1");
        test.publish("2");
        TestSubscriber subscriber = new TestSubscriber();

        test.resume(subscriber, List.of("1"), test.hub.acquire("ch", null, marked));
        test.publish("3");
        test.run();

        assertThat(subscriber.received()).containsExactly("2", "3!");
    }

    @Test
    void shouldMergeOlderEventsOfSeveralTopics() {
        test.subscribe("ch");
        test.publish("ch", "1", "JP");
        test.publish("ch", "2", "KR");
        subscribeMarked("KR"); // From here on, this topic has a log in the format.
        test.publish("ch", "3", "JP");
        test.publish("ch", "4", "KR");
        TestSubscriber subscriber = new TestSubscriber();

        test.resume(
                subscriber, List.of("1"), test.hub.acquire("ch", "JP", marked), test.hub.acquire("ch", "KR", marked));
        test.publish("ch", "5", "JP");
        test.publish("ch", "6", "KR");
        test.run();

        assertThat(subscriber.received()).containsExactly("2?", "3?", "4!", "5!", "6!");
    }

    @Test
    void shouldReadOnWhereALogInItsFormatBeganInTheMiddle() {
        test.publish("1");
        test.publish("2");
        TestSubscriber live = subscribeMarked(null);
        test.publish("3");
        TestSubscriber late = new TestSubscriber();
        late.maxBytes = 1;

        test.resume(late, List.of("1"), test.hub.acquire("ch", null, marked));
        test.publish("4");
        test.run();

        assertThat(late.received()).containsExactly("2?", "3!", "4!");
        assertThat(live.received()).containsExactly("3!", "4!");
    }

    @Test
    void shouldTellOfEventsThatNeitherLogHas() {
        TestSubscriber subscriber = new TestSubscriber();
        for (int i = 0; i < 100; i++) {
            test.publish("n" + i);
        }

        JoinResult start = test.resume(subscriber, List.of("n1"), test.hub.acquire("ch", null, marked));

        assertThat(start.resumed()).isEqualTo(ResumeOutcome.GAP);
        assertThat(subscriber.received()).isEmpty();
    }

    @Test
    void shouldTellOfAnOverrunWhileOlderEventsAreRead() {
        test.publish("1");
        test.publish("2");
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.skips = true;
        subscriber.maxBytes = 1;
        subscriber.reads(List.of(test.hub.acquire("ch", null, marked)));
        Subscription subscription = subscriber.enter(test.shard(0));
        test.shard(0)
                .join(
                        subscription,
                        List.of(test.hub.acquire("ch", null, marked)),
                        List.of("1"),
                        Long.MAX_VALUE,
                        JoinResult.Listener.NONE);
        for (int i = 3; i < 60; i++) {
            test.publish(Integer.toString(i));
        }
        test.run();

        assertThat(subscriber.lagged).isPositive();
        assertThat(subscriber.losses).isNotEmpty();
        assertThat(subscriber.received()).endsWith("59!");
        subscriber.leave();
    }

    @Test
    void shouldKeepNothingForAFormatWithoutSubscribers() {
        test.publish("first");
        subscribeMarked(null).leave();

        test.publish("second");

        assertThat(marked.encoded).isZero();
        assertThat(subscribeMarked(null).received()).isEmpty();
    }

    @Test
    void shouldLeaveNothingBehindWhenASubscriberLeavesWhileItReadsOlderEvents() {
        test.publish("1");
        test.publish("2");
        TestSubscriber subscriber = new TestSubscriber();
        Topic topic = test.hub.acquire("ch", null, marked);
        subscriber.reads(List.of(topic));
        test.shard(0)
                .join(
                        subscriber.enter(test.shard(0)),
                        List.of(topic),
                        List.of("1"),
                        Long.MAX_VALUE,
                        JoinResult.Listener.NONE);

        subscriber.leave();

        assertThat(topic.plain().shard(0)).isNull();
        assertThat(topic.plain().variants()).isEmpty();
    }
}

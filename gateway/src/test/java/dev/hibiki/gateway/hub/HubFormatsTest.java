package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HubFormatsTest {
    private static final int MORE_THAN_A_VARIANT_OUTLIVES = 1_100;

    private final TestHub test = new TestHub(1, new LogLimits(64, 32, 32), "ch");
    private final MarkedFormat marked = new MarkedFormat();

    /** Marks each frame, and uses another mark for events that are older than the log. */
    private static final class MarkedFormat implements WireFormat {
        private int encoded;
        private int roomFor = Integer.MAX_VALUE;

        @Override
        public void encode(Event event, ByteBuf out) {
            encoded++;
            out.writeCharSequence(event.id() + "!;", StandardCharsets.US_ASCII);
        }

        @Override
        public void reencode(ByteBuf plainFrame, boolean notice, ByteBuf out) {
            if (roomFor-- == 0) {
                throw new OutOfMemoryError("as asked by the test");
            }
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
    void shouldFillANewLogFromThePlainOne() {
        test.publish("1");
        test.publish("2");
        Topic topic = test.hub.acquire("ch", null, marked);
        test.publish("3");

        assertThat(topic.log.head()).isEqualTo("1?;2?;3!;".length());
        test.subscribe(topic);
    }

    @Test
    void shouldStopEncodingSomeTimeAfterTheLastSubscriberLeaves() {
        test.publish("first");
        subscribeMarked(null).leave();

        IntStream.range(0, MORE_THAN_A_VARIANT_OUTLIVES).forEach(i -> test.publish("n" + i));
        int encoded = marked.encoded;
        test.publish("last");

        assertThat(encoded).isPositive().isLessThan(MORE_THAN_A_VARIANT_OUTLIVES);
        assertThat(marked.encoded).isEqualTo(encoded);
    }

    @Test
    void shouldServeASubscriberThatReturnsAfterTheLogOfItsFormatWasDropped() {
        test.publish("first");
        subscribeMarked(null).leave();
        IntStream.range(0, MORE_THAN_A_VARIANT_OUTLIVES).forEach(i -> test.publish("n" + i));

        TestSubscriber back = subscribeMarked(null);
        test.publish("new");
        test.run();

        assertThat(back.received()).containsExactly("new!");
    }

    @Test
    void shouldKeepNothingOfALogThatRanOutOfMemory() {
        TestHub frugal = new TestHub(1, new LogLimits(64, 32, 32).keepingIdle(1), "ch", "other");
        try (frugal) {
            frugal.publish("1");
            frugal.publish("2");
            marked.roomFor = 1;

            assertThatThrownBy(() -> frugal.hub.acquire("ch", null, marked)).isInstanceOf(OutOfMemoryError.class);

            frugal.publish("other", "3", null); // One idle topic is kept, and no subscriber holds the other.
            assertThat(frugal.hub.topicCount()).isOne();
        }
        assertThat(frugal.memory()).isZero();
    }
}

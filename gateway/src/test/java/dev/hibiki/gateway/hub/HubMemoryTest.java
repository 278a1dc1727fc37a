package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All logs have one budget. When it is short, the hub gives up what is needed least. */
class HubMemoryTest {
    private static final long BUDGET = 4 << 20;
    private static final String LARGE = "x".repeat(1_000);

    private final TestHub test = new TestHub(BUDGET, 1, LogLimits.retaining(1L << 30), "ch");

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
        assertThat(test.hub.memory().usedBytes()).isZero();
    }

    private void publish(int count, String route) {
        for (int i = 0; i < count; i++) {
            test.publish("ch", LARGE + i, route);
            test.run(); // Nobody is behind.
        }
    }

    private LogMemory memory() {
        return test.hub.memory();
    }

    @Test
    void shouldCountSegmentsAndIndices() {
        publish(100, "JP");

        assertThat(memory().segmentBytes()).isEqualTo(test.memory()).isGreaterThan(100L * LARGE.length());
        assertThat(memory().heapBytes()).isGreaterThan(2 * 100 * Long.BYTES);
        assertThat(memory().usedBytes()).isEqualTo(memory().segmentBytes() + memory().heapBytes());
    }

    @Test
    void shouldEndIdleTopicsFirst() {
        TestSubscriber reader = test.subscribe(test.topic("JP"));
        publish(500, "JP");
        long read = reader.subscription().topics().get(0).log.capacity();
        for (int i = 0; i < 50; i++) {
            publish(200, "R" + i);
        }

        assertThat(memory().usedBytes()).isLessThan(BUDGET);
        assertThat(reader.subscription().topics().get(0).log.capacity()).isEqualTo(read);
        assertThat(memory().isFull()).isFalse();
    }

    @Test
    void shouldDropTheOldestEventsWhenAllTopicsAreRead() {
        List<TestSubscriber> readers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            readers.add(test.subscribe(test.topic("R" + i)));
        }
        for (int round = 0; round < 20; round++) {
            for (int i = 0; i < 8; i++) {
                publish(50, "R" + i);
            }
        }

        assertThat(memory().usedBytes()).isLessThan(BUDGET);
        assertThat(memory().isFull()).isFalse();
        assertThat(readers).allSatisfy(reader -> {
            assertThat(reader.received()).hasSize(1_000);
            assertThat(reader.subscription().topics().get(0).log.capacity()).isGreaterThan(64 << 10);
        });
    }

    @Test
    void shouldBeFullWhenNothingIsLeftToDrop() {
        List<Topic> topics = new ArrayList<>();
        for (int i = 0; i < 100 && !memory().isFull(); i++) {
            topics.add(test.topic("R" + i));
            test.subscribe(topics.get(i));
            publish(70, "R" + i);
        }
        assertThat(topics).hasSizeBetween(20, 99);

        // The publisher goes on, and so do the subscribers.
        TestSubscriber late = test.subscribe(test.topic("R0"));
        publish(200, "R0");

        assertThat(late.received()).hasSize(200);
        assertThat(memory().usedBytes()).isLessThan(BUDGET + BUDGET / 8);
    }

    @Test
    void shouldHaveRoomAgainWhenItsSubscribersLeave() {
        List<TestSubscriber> readers = new ArrayList<>();
        for (int i = 0; i < 100 && !memory().isFull(); i++) {
            readers.add(test.subscribe(test.topic("R" + i)));
            publish(70, "R" + i);
        }
        assertThat(memory().isFull()).isTrue();

        readers.forEach(TestSubscriber::leave);

        assertThat(memory().isFull()).isFalse();
    }

    /** Otherwise nobody would give the memory back, which is looked at after each test. */
    @Test
    void shouldPutNoNoticeIntoATopicThatItHasEnded() {
        TestHub small = new TestHub(BUDGET, 1, LogLimits.retaining(1L << 30), "pat.*");
        try (small) {
            for (int round = 0; round < 20; round++) {
                for (int i = 0; i < 500; i++) {
                    small.publish("pat." + i, LARGE, null);
                }
                small.gap("pat.*", 1);
            }
        }
        assertThat(small.memory()).isZero();
        assertThat(small.hub.memory().usedBytes()).isZero();
    }

    @Test
    void shouldCountTopicsThatClientsInvent() {
        for (int i = 0; !memory().isFull(); i++) {
            test.subscribe(test.topic("invented" + i));
            assertThat(i).isLessThan(20_000);
        }
        assertThat(test.memory()).isZero();
    }

    @Test
    void shouldGiveATopicWithoutEventsNoSegment() {
        TestSubscriber[] readers = new TestSubscriber[300];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = new TestSubscriber();
            readers[i].readsNotices = true;
            test.resume(readers[i], List.of(), test.topic("invented" + i));
        }

        for (int i = 0; i < 40; i++) {
            test.gap("ch", i);
            test.run();
        }

        assertThat(test.memory()).as("the notices that are kept, once").isLessThan(16L * "gap ch 00;;".length());
        for (TestSubscriber reader : readers) {
            assertThat(reader.received()).hasSize(40).containsOnly("gap ch -1");
            reader.leave();
        }
        assertThat(test.hub.topicCount()).isZero();
    }

    @Test
    void shouldReadEventsAfterLoneNotices() {
        TestSubscriber plain = test.subscribe(test.topic("JP"));
        TestSubscriber noticing = new TestSubscriber();
        noticing.readsNotices = true;
        test.resume(noticing, List.of(), test.topic("JP"));

        test.gap("ch", 1);
        test.publish("ch", "a", "JP");
        test.gap("ch", 2);
        test.publish("ch", "b", "JP");
        test.run();

        assertThat(plain.received()).containsExactly("a", "b");
        assertThat(noticing.received()).containsExactly("gap ch -1", "a", "gap ch -1", "b");
    }

    @Test
    void shouldTakeAboutAKilobyteForARegionWithOneEvent() {
        TestHub many = new TestHub(1, LogLimits.retaining(16 << 20), "ch");
        try (many) {
            for (int i = 0; i < 4_000; i++) {
                many.publish("ch", "event" + i, "R" + i);
            }
            long channel = many.topic(null).log.capacity();
            assertThat(many.memory() - channel).isEqualTo(4_000L * 1_024);
            assertThat(many.hub.memory().heapBytes()).isLessThan(4_000L * 1_500);
        }
    }
}

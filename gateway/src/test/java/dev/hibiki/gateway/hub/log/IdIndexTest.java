package dev.hibiki.gateway.hub.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdIndexTest {
    private final LogMemory memory = new LogMemory(UnpooledByteBufAllocator.DEFAULT, Long.MAX_VALUE, Long.MAX_VALUE);
    private final IdIndex index = new IdIndex(memory);

    /** The first and the last sequence; empty when there is none. */
    private List<Long> places(long hash, long tail) {
        List<Long> found = new ArrayList<>();
        index.find(hash, tail, found::add);
        return found.isEmpty() ? List.of() : List.of(Collections.min(found), Collections.max(found));
    }

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        index.close();
        assertThat(memory.heapBytes()).isZero();
    }

    @Test
    void shouldFindNothingInAnEmptyIndex() {
        assertThat(places(5, 0)).isEmpty();
        assertThat(memory.heapBytes()).isZero();
    }

    @Test
    void shouldFindTheFirstAndTheLastEventAfterTheTail() {
        index.add(7, 10, 0, 0);
        index.add(7, 20, 15, 0);
        index.add(7, 21, 15, 0);
        index.add(7, 30, 25, 0);

        assertThat(places(7, 0)).containsExactly(10L, 30L);
        assertThat(places(7, 15)).containsExactly(20L, 30L);
        assertThat(places(7, 25)).containsExactly(30L, 30L);
        assertThat(places(7, 30)).isEmpty();
        assertThat(places(8, 0)).isEmpty();
    }

    @Test
    void shouldKnowTheHashZero() {
        index.add(0, 3, 0, 0);

        assertThat(places(0, 0)).containsExactly(3L, 3L);
    }

    /** One id in all events: each segment has two entries, so the table stays small however many events there are. */
    @Test
    void shouldStaySmallWhenAPublisherRepeatsAnId() {
        for (int i = 1; i <= 100_000; i++) {
            index.add(7, i, i / 1_000 * 1_000L, Math.max(0, i - 10_000L));
        }

        assertThat(memory.heapBytes()).isLessThan(2_000);
    }

    @Test
    void shouldAgreeWithAPlainSearchWhileTheTailMoves() {
        Random random = new Random(5);
        Deque<long[]> kept = new ArrayDeque<>();
        long tail = 0;
        for (int sequence = 1; sequence <= 20_000; sequence++) {
            long hash = random.nextInt(3_000);
            long segmentStart = sequence / 100 * 100L - (sequence % 100 == 0 ? 100 : 0);
            index.add(hash, sequence, segmentStart, tail);
            kept.add(new long[] {hash, sequence});
            tail = Math.max(0, segmentStart - 1_000);
            while (kept.element()[1] <= tail) {
                kept.remove();
            }
            if (sequence % 50 == 0) {
                long wanted = random.nextInt(3_000);
                List<Long> expected = kept.stream()
                        .filter(entry -> entry[0] == wanted)
                        .map(entry -> entry[1])
                        .toList();
                assertThat(places(wanted, tail))
                        .isEqualTo(
                                expected.isEmpty()
                                        ? expected
                                        : List.of(expected.get(0), expected.get(expected.size() - 1)));
            }
        }
        assertThat(memory.heapBytes()).isLessThan(100_000);
    }
}

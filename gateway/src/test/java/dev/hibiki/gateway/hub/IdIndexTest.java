package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IdIndexTest {
    private final LogMemory memory = new LogMemory(UnpooledByteBufAllocator.DEFAULT, Long.MAX_VALUE, Long.MAX_VALUE);
    private final IdIndex index = new IdIndex(memory);

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        index.close();
        assertThat(memory.heapBytes()).isZero();
    }

    @Test
    void shouldFindNothingInAnEmptyIndex() {
        assertThat(index.find(5, 0)).isEqualTo(IdIndex.UNKNOWN);
        assertThat(memory.heapBytes()).isZero();
    }

    @Test
    void shouldFindTheOldestEventAfterTheTail() {
        index.add(7, 10, 0, 0);
        index.add(7, 20, 15, 0);
        index.add(7, 21, 15, 0);
        index.add(7, 30, 25, 0);

        assertThat(index.find(7, 0)).isEqualTo(10);
        assertThat(index.find(7, 15)).isEqualTo(20);
        assertThat(index.find(7, 25)).isEqualTo(30);
        assertThat(index.find(7, 30)).isEqualTo(IdIndex.UNKNOWN);
        assertThat(index.find(8, 0)).isEqualTo(IdIndex.UNKNOWN);
    }

    @Test
    void shouldKnowTheHashZero() {
        index.add(0, 3, 0, 0);

        assertThat(index.find(0, 0)).isEqualTo(3);
    }

    /** One id in all events: each segment has one entry, so the table stays small however many events there are. */
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
                long expected = kept.stream()
                        .filter(entry -> entry[0] == wanted)
                        .mapToLong(entry -> entry[1])
                        .findFirst()
                        .orElse(IdIndex.UNKNOWN);
                assertThat(index.find(wanted, tail)).isEqualTo(expected);
            }
        }
        assertThat(memory.heapBytes()).isLessThan(100_000);
    }
}

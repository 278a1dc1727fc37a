package dev.hibiki.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SequenceTrackerTest {
    @Test
    void shouldCountNothingForAnUnbrokenSequence() {
        assertThat(after(0, 1, 2, 3)).isEqualTo("missing 0, duplicates 0, reordered 0");
    }

    @Test
    void shouldCountMissingNumbersAtTheStartInTheMiddleAndAtTheEnd() {
        SequenceTracker tracker = new SequenceTracker(0);
        for (long number : new long[] {2, 3, 6}) {
            tracker.accept(number);
        }
        assertThat(tracker.missing(10)).isEqualTo(7);
        assertThat(tracker.missing(7)).isEqualTo(4);
    }

    @Test
    void shouldDistinguishALateNumberFromARepeatedOne() {
        assertThat(after(0, 2, 1, 3)).isEqualTo("missing 0, duplicates 0, reordered 1");
        assertThat(after(0, 1, 1, 2, 3, 2)).isEqualTo("missing 0, duplicates 2, reordered 0");
        assertThat(after(0, 2, 1, 1, 3)).isEqualTo("missing 0, duplicates 1, reordered 1");
    }

    @Test
    void shouldJumpOverAGapThatIsLongerThanTheWindow() {
        SequenceTracker tracker = new SequenceTracker(0);
        tracker.accept(0);
        tracker.accept(1_000);
        tracker.accept(999);
        tracker.accept(999);
        assertThat(tracker.missing(1_001)).isEqualTo(998);
        assertThat(tracker.duplicates()).isEqualTo(1);
    }

    @Test
    void shouldIgnoreNumbersBeforeTheFirst() {
        SequenceTracker tracker = new SequenceTracker(10);
        tracker.accept(9);
        tracker.accept(10);
        assertThat(tracker.missing(11)).isZero();
        assertThat(tracker.unique()).isEqualTo(1);
    }

    @Test
    void shouldAgreeWithASetWhateverTheOrderWithinTheWindow() {
        Random random = new Random(7);
        List<Long> numbers = new ArrayList<>();
        for (long i = 0; i < 50; i++) {
            if (random.nextInt(4) > 0) {
                numbers.add(i);
            }
        }
        long distinct = numbers.size();
        numbers.addAll(List.copyOf(numbers.subList(0, 10)));
        Collections.shuffle(numbers, random);
        SequenceTracker tracker = new SequenceTracker(0);
        numbers.forEach(tracker::accept);
        assertThat(tracker.unique()).isEqualTo(distinct);
        assertThat(tracker.duplicates()).isEqualTo(10);
        assertThat(tracker.missing(50)).isEqualTo(50 - distinct);
    }

    private static String after(long... numbers) {
        SequenceTracker tracker = new SequenceTracker(0);
        for (long number : numbers) {
            tracker.accept(number);
        }
        return "missing %d, duplicates %d, reordered %d"
                .formatted(tracker.missing(4) - (4 - max(numbers) - 1), tracker.duplicates(), tracker.reordered());
    }

    private static long max(long... numbers) {
        long max = 0;
        for (long number : numbers) {
            max = Math.max(max, number);
        }
        return max;
    }
}

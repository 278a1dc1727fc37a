package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SequenceTrackerTest {
    @Test
    void shouldFindNothingInAnUnbrokenStreamThatStartsAnywhere() {
        assertThat(tally(41, 42, 43, 44)).isEqualTo("41-44 missing 0 duplicates 0 reordered 0");
        assertThat(tally()).isEqualTo("-1--1 missing 0 duplicates 0 reordered 0");
    }

    @Test
    void shouldCountMissingNumbers() {
        assertThat(tally(0, 1, 4, 6)).isEqualTo("0-6 missing 3 duplicates 0 reordered 0");
    }

    @Test
    void shouldDistinguishALateNumberFromARepeatedOne() {
        assertThat(tally(7, 9, 8, 8, 9)).isEqualTo("7-9 missing 0 duplicates 2 reordered 1");
        assertThat(tally(7, 5, 8)).isEqualTo("7-8 missing 0 duplicates 0 reordered 1");
    }

    private static String tally(long... sequence) {
        SequenceTracker tracker = new SequenceTracker();
        for (long number : sequence) {
            tracker.add(number);
        }
        return tracker.first() + "-" + tracker.highest() + " missing " + tracker.missing() + " duplicates "
                + tracker.duplicates() + " reordered " + tracker.reordered();
    }
}

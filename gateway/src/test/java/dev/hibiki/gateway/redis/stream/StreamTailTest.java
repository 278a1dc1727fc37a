package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The tail of a stream counts the entries that were lost. A time stands for a whole id. */
class StreamTailTest {
    private final StreamTail tail = new StreamTail("ch");

    private static @Nullable StreamId id(long ms) {
        return ms == 0 ? null : new StreamId(ms, 0);
    }

    /** The info of a stream from Redis 7. */
    private static StreamInfo info(long first, long length, long last, long maxDeleted, long added) {
        return new StreamInfo(length, new StreamId(last, 0), id(first), new StreamId(maxDeleted, 0), added);
    }

    /** The info of a stream from Redis 6.2. */
    private static StreamInfo oldInfo(long first, long length, long last) {
        return new StreamInfo(length, new StreamId(last, 0), id(first), null, StreamInfo.UNKNOWN);
    }

    private void beginAt(long last, long added) {
        tail.beginAt(info(1, added, last, 0, added));
    }

    private void read(long... times) {
        for (long ms : times) {
            tail.read(new StreamId(ms, 0));
        }
    }

    @Test
    void shouldCountNoLossWhenNothingIsMissing() {
        beginAt(10, 10);
        StreamInfo before = info(5, 8, 12, 4, 12);

        assertThat(tail.before(before)).isZero();
        read(11, 12, 13);
        assertThat(tail.after(before, 1)).isZero();
        assertThat(tail.position()).isEqualTo(new StreamId(13, 0));
        assertThat(tail.before(info(9, 5, 13, 8, 13))).isZero();
        assertThat(tail.after(info(9, 5, 13, 8, 13), 0)).isZero();
    }

    @Test
    void shouldCountNoLossWhenOnlyReadEntriesAreTrimmed() {
        beginAt(10, 10);

        assertThat(tail.before(info(11, 2, 12, 10, 12))).isZero();
        read(11, 12);
        assertThat(tail.after(info(11, 2, 12, 10, 12), 0)).isZero();
    }

    @Test
    void shouldCountEntriesTrimmedAfterThePositionOnce() {
        beginAt(10, 10);
        StreamInfo before = info(16, 5, 20, 15, 20);

        assertThat(tail.before(before)).isEqualTo(5);
        assertThat(tail.before(before)).isZero();
        read(16, 17, 18, 19, 20);
        assertThat(tail.after(before, 0)).isZero();
    }

    @Test
    void shouldCountAllEntriesOfAnEmptiedStreamAndMoveToItsEnd() {
        beginAt(10, 10);
        StreamInfo before = info(0, 0, 13, 13, 13);

        assertThat(tail.before(before)).isEqualTo(3);
        assertThat(tail.after(before, 0)).isZero();
        assertThat(tail.position()).isEqualTo(new StreamId(13, 0));
    }

    @Test
    void shouldCountEntriesDeletedInTheMiddleOrDuringARead() {
        beginAt(10, 10);
        StreamInfo before = info(1, 13, 15, 12, 15);

        assertThat(tail.before(before)).isZero();
        read(11, 13, 15);
        assertThat(tail.after(before, 0)).isEqualTo(2);
        assertThat(tail.after(before, 0)).isZero();
    }

    @Test
    void shouldMoveBackToTheEndOfAStreamThatLostItsLastEntries() {
        beginAt(100, 50);

        assertThat(tail.before(info(1, 40, 90, 0, 40))).isEqualTo(StreamTail.UNKNOWN);
        assertThat(tail.position()).isEqualTo(new StreamId(90, 0));
        read(91);
        assertThat(tail.before(info(1, 41, 91, 0, 41))).isZero();
        assertThat(tail.after(info(1, 41, 91, 0, 41), 0)).isZero();
    }

    @Test
    void shouldMoveBackToTheBeginningOfADeletedStreamAndReportItOnce() {
        beginAt(100, 50);

        assertThat(tail.before(StreamInfo.ABSENT)).isEqualTo(StreamTail.UNKNOWN);
        assertThat(tail.position()).isEqualTo(StreamId.ZERO);
        assertThat(tail.before(StreamInfo.ABSENT)).isZero();
        assertThat(tail.after(StreamInfo.ABSENT, 0)).isZero();
        read(7);
        assertThat(tail.after(info(7, 1, 7, 0, 1), 0)).isZero();
    }

    @Test
    void shouldDetectByTheCountThatTheStreamWasReplaced() {
        beginAt(100, 50);

        assertThat(tail.before(info(200, 3, 202, 0, 3))).isEqualTo(StreamTail.UNKNOWN);
        read(200, 201, 202);
        assertThat(tail.after(info(200, 3, 202, 0, 3), 0)).isZero();
    }

    @Test
    void shouldDetectByTheCountThatWritesWereLostAndReplaced() {
        beginAt(100, 50);
        StreamInfo before = info(1, 45, 105, 0, 45);

        assertThat(tail.before(before)).isZero();
        read(101, 105);
        assertThat(tail.after(before, 0)).isEqualTo(StreamTail.UNKNOWN);
        assertThat(tail.after(before, 0)).isZero();
    }

    @Test
    void shouldReportAnUnknownLossBeforeRedis7() {
        tail.beginAt(oldInfo(1, 10, 10));

        assertThat(tail.before(oldInfo(10, 3, 12))).isZero();
        assertThat(tail.before(oldInfo(11, 3, 13))).isEqualTo(StreamTail.UNKNOWN);
        read(11, 12, 13);
        assertThat(tail.after(oldInfo(11, 3, 13), 0)).isZero();
        assertThat(tail.before(oldInfo(12, 2, 13))).isZero();
        assertThat(tail.before(oldInfo(1, 5, 5))).isEqualTo(StreamTail.UNKNOWN);
        assertThat(tail.position()).isEqualTo(new StreamId(5, 0));
    }

    @Test
    void shouldUseTheGreatestDeletedIdAfterAnUpgradeOfRedis() {
        tail.beginAt(oldInfo(1, 10, 10));
        assertThat(tail.before(info(11, 2, 12, 10, 12))).isZero();

        tail.beginAt(oldInfo(1, 10, 10));
        assertThat(tail.before(info(12, 1, 12, 11, 12))).isEqualTo(StreamTail.UNKNOWN);
        read(12);
        assertThat(tail.after(info(12, 1, 12, 11, 12), 0)).isZero();
    }
}

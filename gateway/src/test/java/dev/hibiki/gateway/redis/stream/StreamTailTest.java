package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
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

    private List<StreamId> ids(long... times) {
        return LongStream.of(times).mapToObj(ms -> new StreamId(ms, 0)).toList();
    }

    /** A check that reads these entries, which are all; returns what is lost, and the time before which that stands. */
    private String check(StreamInfo info, long... times) {
        if (tail.movesBack(info)) {
            return "moved back";
        }
        StreamTail.Loss loss = tail.loss(info, ids(times), true);
        read(times);
        long newer = LongStream.of(times).filter(ms -> ms > info.last().ms()).count();
        long late = tail.after(info, newer);
        return describe(loss) + (late == 0 ? "" : " and late " + late);
    }

    private static String describe(StreamTail.Loss loss) {
        return loss.missed() == StreamTail.NONE
                ? "nothing"
                : loss.missed() + " up to " + loss.upTo().ms();
    }

    @Test
    void shouldCountNoLossWhenNothingIsMissing() {
        beginAt(10, 10);

        assertThat(check(info(5, 8, 12, 4, 12), 11, 12, 13)).isEqualTo("nothing");
        assertThat(tail.position()).isEqualTo(new StreamId(13, 0));
        assertThat(check(info(9, 5, 13, 8, 13))).isEqualTo("nothing");
    }

    @Test
    void shouldCountNoLossWhenOnlyReadEntriesAreTrimmed() {
        beginAt(10, 10);

        assertThat(check(info(11, 2, 12, 10, 12), 11, 12)).isEqualTo("nothing");
    }

    @Test
    void shouldCountEntriesTrimmedAfterThePositionOnce() {
        beginAt(10, 10);
        StreamInfo info = info(16, 5, 20, 15, 20);

        assertThat(describe(tail.loss(info, ids(16, 17), false))).isEqualTo("5 up to 15");
        read(16, 17);
        assertThat(check(info, 18, 19, 20)).isEqualTo("nothing");
    }

    @Test
    void shouldCountAllEntriesOfAnEmptiedStreamAndMoveToItsEnd() {
        beginAt(10, 10);

        assertThat(check(info(0, 0, 13, 13, 13))).isEqualTo("3 up to 13");
        assertThat(tail.position()).isEqualTo(new StreamId(13, 0));
        assertThat(check(info(0, 0, 13, 13, 13))).isEqualTo("nothing");
    }

    @Test
    void shouldPlaceEntriesDeletedInTheMiddleWhereTheyWere() {
        beginAt(10, 10);

        assertThat(check(info(1, 13, 15, 14, 15), 11, 13, 15)).isEqualTo("2 up to 14");
        assertThat(check(info(1, 13, 15, 14, 15))).isEqualTo("nothing");
    }

    @Test
    void shouldPlaceTrimmedAndDeletedEntriesTogether() {
        beginAt(10, 10);

        assertThat(check(info(12, 3, 15, 14, 15), 12, 13, 15, 16)).isEqualTo("2 up to 14");
    }

    @Test
    void shouldNotKnowTheCountWhenThePlaceComesBeforeTheEnd() {
        beginAt(10, 10);
        StreamInfo info = info(1, 18, 20, 14, 20);

        assertThat(describe(tail.loss(info, ids(11, 13), false))).isEqualTo("nothing");
        read(11, 13);
        assertThat(describe(tail.loss(info, ids(15, 16), false))).isEqualTo("-1 up to 14");
        read(15, 16);
        assertThat(check(info, 17, 18, 19, 20)).isEqualTo("nothing");
        assertThat(check(info(1, 19, 21, 14, 21), 21)).isEqualTo("nothing");
    }

    @Test
    void shouldCountWhatWasTrimmedWhenThePlaceComesLater() {
        beginAt(10, 10);
        StreamInfo info = info(12, 8, 20, 18, 20);

        assertThat(describe(tail.loss(info, ids(12, 13), false))).isEqualTo("nothing");
        read(12, 13);
        assertThat(check(info, 14, 15, 16, 17, 19, 20)).isEqualTo("2 up to 18");
    }

    @Test
    void shouldCountEntriesDeletedDuringAReadLate() {
        beginAt(10, 10);

        assertThat(check(info(1, 15, 15, 0, 15), 11, 13, 15)).isEqualTo("nothing and late 2");
    }

    @Test
    void shouldMoveBackToTheEndOfAStreamThatLostItsLastEntries() {
        beginAt(100, 50);

        assertThat(check(info(1, 40, 90, 0, 40))).isEqualTo("moved back");
        assertThat(tail.position()).isEqualTo(new StreamId(90, 0));
        assertThat(check(info(1, 41, 91, 0, 41), 91)).isEqualTo("nothing");
    }

    @Test
    void shouldMoveBackToTheBeginningOfADeletedStreamAndReportItOnce() {
        beginAt(100, 50);

        assertThat(check(StreamInfo.ABSENT)).isEqualTo("moved back");
        assertThat(tail.position()).isEqualTo(StreamId.ZERO);
        assertThat(check(StreamInfo.ABSENT)).isEqualTo("nothing");
        assertThat(check(info(7, 1, 7, 0, 1), 7)).isEqualTo("nothing");
    }

    @Test
    void shouldDetectByTheCountThatTheStreamWasReplaced() {
        beginAt(100, 50);

        assertThat(check(info(200, 3, 202, 0, 3), 200, 201, 202)).isEqualTo("-1 up to 100");
        assertThat(check(info(200, 3, 202, 0, 3))).isEqualTo("nothing");
    }

    @Test
    void shouldDetectByTheCountThatWritesWereLostAndReplaced() {
        beginAt(100, 50);

        assertThat(check(info(1, 45, 105, 0, 45), 101, 105)).isEqualTo("nothing and late -1");
        assertThat(check(info(1, 45, 105, 0, 45))).isEqualTo("nothing");
    }

    @Test
    void shouldReportAnUnknownLossBeforeRedis7() {
        tail.beginAt(oldInfo(1, 10, 10));

        assertThat(check(oldInfo(10, 3, 12), 11, 12)).isEqualTo("nothing");
        assertThat(check(oldInfo(13, 3, 15), 13, 14, 15)).isEqualTo("-1 up to 12");
        assertThat(check(oldInfo(12, 2, 15))).isEqualTo("nothing");
        assertThat(check(oldInfo(1, 5, 5))).isEqualTo("moved back");
        assertThat(tail.position()).isEqualTo(new StreamId(5, 0));
    }

    @Test
    void shouldUseTheGreatestDeletedIdAfterAnUpgradeOfRedis() {
        tail.beginAt(oldInfo(1, 10, 10));
        assertThat(check(info(11, 2, 12, 10, 12), 11, 12)).isEqualTo("nothing");

        tail.beginAt(oldInfo(1, 10, 10));
        assertThat(check(info(12, 1, 12, 11, 12), 12)).isEqualTo("-1 up to 11");
    }
}

package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client waits for an entry that is not read yet, until it is read or a check tells that it does not exist. */
class FollowedStreamTest {
    private final FollowedStream stream = new FollowedStream("ch", "order");

    @BeforeEach
    void load() {
        stream.tail().beginAt(info(10));
        stream.publish();
        stream.setLoaded();
    }

    private static StreamInfo info(long last) {
        return new StreamInfo(last, new StreamId(last, 0), new StreamId(1, 0), StreamId.ZERO, last);
    }

    private boolean read(long... times) {
        for (long ms : times) {
            stream.tail().read(new StreamId(ms, 0));
        }
        return stream.publish();
    }

    /** A check that finds this last entry, but reads nothing. */
    private boolean check(long last) {
        stream.beginCheck();
        stream.found(new StreamId(last, 0));
        stream.tail().movesBack(info(last));
        return stream.publish();
    }

    private BooleanSupplier await(String id) {
        return Objects.requireNonNull(stream.await(id));
    }

    @Test
    void shouldBeLoadedForEverOnceItIsLoaded() {
        FollowedStream fresh = new FollowedStream("ch", "order");
        assertThat(fresh.isLoaded()).isFalse();
        fresh.setLoaded();
        assertThat(fresh.isLoaded()).isTrue();
        fresh.setRefusal("WRONGTYPE");
        assertThat(fresh.isLoaded()).isTrue();
        assertThat(fresh.isFollowed()).isFalse();
    }

    @Test
    void shouldEndTheWaitWhenTheEntryIsRead() {
        BooleanSupplier came = await("12-0");

        assertThat(read(11)).isTrue();
        assertThat(came.getAsBoolean()).isFalse();
        assertThat(read(12)).isTrue();
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldEndTheWaitWhenALaterEntryIsRead() {
        BooleanSupplier came = await("12-0");

        read(13);
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldEndTheWaitWhenACheckFindsThatTheEntryDoesNotExist() {
        BooleanSupplier came = await("99-0");

        assertThat(stream.needsCheck()).isTrue();
        assertThat(check(10)).isTrue();
        assertThat(came.getAsBoolean()).isTrue();
        assertThat(stream.needsCheck()).isFalse();
    }

    @Test
    void shouldReadWhatTheCheckFoundBeforeItEndsTheWait() {
        BooleanSupplier came = await("99-0");

        check(12);
        read(11);
        assertThat(came.getAsBoolean()).isFalse();
        assertThat(read(12)).isTrue();
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldNotTakeTheAnswerOfACheckThatBeganBeforeTheQuestion() {
        stream.beginCheck();
        BooleanSupplier came = await("11-0");
        stream.found(new StreamId(10, 0));
        stream.publish();

        assertThat(came.getAsBoolean()).isFalse();
        assertThat(stream.needsCheck()).isTrue();
        check(10);
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldEndAWaitHoweverFastTheStreamGrows() {
        BooleanSupplier came = await("99999-0");

        check(20);
        for (long ms = 11; ms < 20; ms++) {
            read(ms);
            check(20 + 10 * ms);
            assertThat(came.getAsBoolean()).isFalse();
        }
        read(20);
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldAnswerAQuestionThatCameWhileItReadsForAnEarlierOne() {
        await("98-0");
        check(12);
        BooleanSupplier later = await("99-0");

        assertThat(stream.needsCheck())
                .as("not before the first one is answered")
                .isFalse();
        check(13);
        read(11, 12);
        assertThat(later.getAsBoolean()).isFalse();
        assertThat(stream.needsCheck()).isTrue();
        check(13);
        read(13);
        assertThat(later.getAsBoolean()).isTrue();
        assertThat(stream.needsCheck()).isFalse();
    }

    @Test
    void shouldAnswerManyQuestionsWithOneCheckAndStayRightAfterAnInventedOne() {
        BooleanSupplier invented = await("18446744073709551615-18446744073709551615");
        BooleanSupplier real = await("11-0");
        check(11);
        read(11);
        assertThat(invented.getAsBoolean()).isTrue();
        assertThat(real.getAsBoolean()).isTrue();

        BooleanSupplier next = await("12-0");
        assertThat(next.getAsBoolean()).isFalse();
        check(12);
        assertThat(next.getAsBoolean()).isFalse();
        read(12);
        assertThat(next.getAsBoolean()).isTrue();
    }

    @Test
    void shouldEndTheWaitWhenTheStreamWasMadeAgainWithSmallerIds() {
        BooleanSupplier came = await("12-0");

        check(13);
        assertThat(came.getAsBoolean()).isFalse();
        check(5);
        assertThat(stream.tail().position()).isEqualTo(new StreamId(5, 0));
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldKeepTheQuestionOpenWithoutAChecksAnswerAndAskAgain() {
        BooleanSupplier came = await("12-0");

        stream.beginCheck(); // Then the connection ends.
        stream.publish();
        assertThat(came.getAsBoolean()).isFalse();
        assertThat(stream.needsCheck()).isTrue();
        check(10);
        assertThat(came.getAsBoolean()).isTrue();
    }

    @Test
    void shouldTellNobodyWhenNobodyWaits() {
        assertThat(read(11)).isFalse();
        assertThat(check(11)).isFalse();
        await("12-0");
        assertThat(stream.publish()).as("nothing has happened").isFalse();
        assertThat(read(12)).isTrue();
        check(12);
        assertThat(read(13)).isFalse();
    }

    @Test
    void shouldAskForNoCheckWhileRedisRefusesTheStream() {
        await("12-0");
        stream.setRefusal("WRONGTYPE");
        assertThat(stream.needsCheck()).isFalse();
        stream.setRefusal(null);
        assertThat(stream.needsCheck()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10-0", "9-9", "0-0"})
    void shouldNotWaitForAnEntryThatIsNotBehindThePosition(String id) {
        assertThat(stream.await(id)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "12",
                "12-",
                "-1",
                "12-0 ",
                " 12-0",
                "+12-0",
                "012-0",
                "12-00",
                "12--1",
                "-12-0",
                "12-0-0",
                "e5",
                "１２-0",
                "18446744073709551616-0",
                "aBcDeFgHiJk"
            })
    void shouldWaitOnlyForIdsOfEntries(String id) {
        assertThat(stream.await(id)).isNull();
        assertThat(stream.needsCheck()).isFalse();
    }

    @Test
    void shouldCompareIdsAsUnsignedNumbers() {
        BooleanSupplier came = await("18446744073709551615-0");
        stream.tail().read(Objects.requireNonNull(StreamId.exactly("18446744073709551614-7")));
        stream.publish();
        assertThat(came.getAsBoolean()).isFalse();
        assertThat(stream.await("18446744073709551614-7")).isNull();
        assertThat(stream.await("18446744073709551614-8")).isNotNull();
    }
}

package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisFixture;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.ByteArrayCodec;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The reader loads its streams, and leaves out those that Redis refuses. */
final class StreamReaderIT extends StreamReaderScene {
    StreamReaderIT(RedisFixture redis) {
        super(redis);
    }

    @Test
    void shouldTellThatStreamsAreLoadedWhenEverythingIsHandedOn() {
        add("a", "1-0");
        add("b", "2-0");
        assertThat(stream("a").isLoaded()).isFalse();

        step();
        assertThat(fixture.events()).isEqualTo(2);
        assertThat(stream("a").isLoaded()).isTrue();
        assertThat(stream("b").isLoaded()).isTrue();
        assertThat(stream("b").order()).isSameAs(stream("a").order());
        assertThat(stream("a").await("1-0")).isNull();
    }

    @Test
    void shouldLoadAndReadTheOtherStreamsWhileAKeyIsNoStream() {
        redis.cli("SET", "a", "text");
        add("b", "1-0");
        try (LogCapture log = LogCapture.start()) {
            catchUp();
            assertThat(stream("a").isLoaded()).isFalse();
            assertThat(stream("b").isLoaded()).isTrue();
            assertThat(fixture.events()).isOne();
            assertThat(trouble()).startsWith("fine; cannot read \"a\": WRONGTYPE");

            add("b", "2-0");
            step();
            checkAgain();
            assertThat(fixture.events()).isEqualTo(2);
            assertThat(stream("a").isLoaded()).isFalse();

            redis.cli("DEL", "a");
            add("a", "7-0");
            add("b", "3-0");
            checkAgain();
            catchUp();
            step();
            assertThat(stream("a").isLoaded()).isTrue();
            assertThat(fixture.events()).isEqualTo(4);
            assertThat(trouble()).isEqualTo("fine");
            assertThat(log.linesWith("WARN")).singleElement().asString().contains("\"a\"", "WRONGTYPE", "--channel");
            assertThat(log.linesWith("INFO The key \"a\"")).hasSize(1);
            assertThat(fixture.gaps()).isZero();
        }
    }

    @Test
    void shouldReadOnWhenAKeyTurnsIntoSomethingElseAndBack() {
        add("a", "1-0");
        add("b", "1-0");
        catchUp();
        redis.cli("DEL", "a");
        redis.cli("SET", "a", "text");
        add("b", "2-0");
        while (fixture.events() < 3) {
            step();
        }
        assertThat(trouble()).contains("\"a\"");
        assertThat(position("a")).isEqualTo("1-0");

        redis.cli("DEL", "a");
        add("a", "5-0");
        add("b", "3-0");
        checkAgain();
        step();
        step();
        assertThat(fixture.events()).isEqualTo(5);
        assertThat(position("a")).isEqualTo("5-0");
        assertThat(trouble()).isEqualTo("fine");
        assertThat(fixture.gaps()).as("the deleted stream may have had more").isOne();
    }

    @Test
    void shouldReadOnFromItsPositionWhenARightWasTakenAndGivenBack() {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all");
        reader.connected(
                client.connect(ByteArrayCodec.INSTANCE, RedisURI.create("redis://app:pw@127.0.0.1:" + redis.port()))
                        .async());
        add("a", "1-0");
        catchUp();
        redis.cli("ACL", "SETUSER", "app", "resetkeys", "~b");
        add("a", "2-0");
        add("b", "1-0");
        checkAgain();
        step();
        assertThat(fixture.events()).isEqualTo(2);
        assertThat(trouble()).startsWith("fine; cannot read \"a\": NOPERM");

        redis.cli("ACL", "SETUSER", "app", "~a");
        checkAgain();
        step();
        assertThat(fixture.events()).isEqualTo(3);
        assertThat(position("a")).isEqualTo("2-0");
        assertThat(fixture.gaps()).isZero();
    }

    @Test
    void shouldLogTheNodeAndEachReasonOfARefusalOnce() {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all");
        redis.cli("SET", "a", "text");
        RedisURI app = RedisURI.create("redis://app:pw@127.0.0.1:" + redis.port());
        reader.connected(client.connect(ByteArrayCodec.INSTANCE, app).async());
        streams.readFrom(RedisURI.create("redis://10.0.0.5:6379"));
        try (LogCapture log = LogCapture.start()) {
            catchUp();
            checkAgain();
            redis.cli("ACL", "SETUSER", "app", "resetkeys", "~b");
            checkAgain();
            checkAgain();
            assertThat(trouble()).startsWith("fine; cannot read \"a\": 10.0.0.5:6379: NOPERM");
            assertThat(log.linesWith("WARN")).hasSize(2);
            assertThat(log.linesWith("10.0.0.5:6379: WRONGTYPE")).hasSize(1);
            assertThat(log.linesWith("10.0.0.5:6379: NOPERM")).hasSize(1);
        }
    }

    /** Of each command that a load or a read needs. */
    @ParameterizedTest
    @ValueSource(strings = {"xinfo", "xrevrange", "xread"})
    void shouldWaitWithoutHasteForARightThatIsMissingForOneStream(String command) {
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "+@all", "~b", "(~a +@all -" + command + ")");
        add("a", "1-0");
        add("b", "2-0");
        RedisURI app = RedisURI.create("redis://app:pw@127.0.0.1:" + redis.port());
        reader.connected(client.connect(ByteArrayCodec.INSTANCE, app).async());
        try (LogCapture log = LogCapture.start()) {
            catchUp();
            for (int i = 0; i < 3; i++) {
                add("b", (i + 3) + "-0");
                checkAgain();
            }
            assertThat(fixture.events()).isEqualTo(4);
            assertThat(trouble()).startsWith("fine; cannot read \"a\": NOPERM");
            assertThat(log.linesWith("WARN")).as("it does not flap").hasSize(1);
            assertThat(log.linesWith("can be read as a stream again")).isEmpty();

            redis.cli("ACL", "SETUSER", "app", "clearselectors", "~a");
            checkAgain();
            catchUp();
            step();
            assertThat(fixture.events()).isEqualTo(5);
            assertThat(trouble()).isEqualTo("fine");
        }
    }

    @Test
    void shouldAskNothingForAWhileWhenRedisRefusesAllStreams() {
        redis.cli("SET", "a", "text");
        redis.cli("SET", "b", "text");
        step();
        step();
        assertThat(reader.hasCaughtUp()).isTrue();
        assertThat(streams.followed()).isEmpty();
        assertThat(reader.ask()).isNull();
        assertThat(trouble()).contains("\"a\": WRONGTYPE", "\"b\": WRONGTYPE");

        redis.cli("DEL", "b");
        checkAgain();
        step();
        assertThat(streams.followed()).extracting(FollowedStream::key).containsExactly("b");
    }

    @Test
    void shouldCountTheAgeFromTheLastIdHoweverSmallOrLargeItIs() {
        add("a", "5-0");
        add("a", "6-0");
        add("b", "18446744073705951614-0");
        add("b", "18446744073705951615-0");
        add("b", "18446744073709551615-3");
        try (LogCapture log = LogCapture.start()) {
            step();
            assertThat(fixture.events()).isEqualTo(4);
            assertThat(log.linesWith("entries of \"a\"")).isEmpty();
            assertThat(log.linesWith("Loaded 2 of 3 entries of \"b\": the older ones are more than --replay-age-ms,"
                            + " 3600000, before the last id, 18446744073709551615-3"))
                    .hasSize(1);
        }
    }

    @Test
    void shouldNameTheLimitThatKeptEntriesFromBeingLoaded() {
        add("a", "5-0");
        add("a", "6-0");
        begin(EVENT.length());
        try (LogCapture log = LogCapture.start()) {
            step();
            assertThat(fixture.events()).isOne();
            assertThat(log.linesWith(
                            "Loaded 1 of 2 entries of \"a\": the older ones exceed --log-bytes, " + EVENT.length()))
                    .hasSize(1);
        }
    }

    @Test
    void shouldHandOnWhatCameDuringTheLoadAndCountIt() {
        add("a", "1-0");
        add("b", "2-0");
        AtomicLong reads = new AtomicLong();
        reader.connected(StreamLoadIT.beforeReads(
                client.connect(ByteArrayCodec.INSTANCE, RedisURI.create(redis.uri()))
                        .async(),
                () -> {
                    if (reads.incrementAndGet() == 1) {
                        add("b", "3-0");
                        add("a", "4-0");
                    }
                }));
        step();
        assertThat(fixture.events()).isEqualTo(4);
        assertThat(position("a")).isEqualTo("4-0");
        assertThat(position("b")).isEqualTo("3-0");
        catchUp();
        checkAgain();
        assertThat(fixture.events()).isEqualTo(4);
        assertThat(fixture.gaps()).isZero();

        add("a", "5-0");
        add("a", "6-0");
        redis.cli("XTRIM", "a", "MAXLEN", "1");
        checkAgain();
        assertThat(fixture.gaps()).isOne();
    }
}

package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.FeedFixture;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.ByteArrayCodec;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The reader asks Redis step by step, with a clock that stands still. It reads the streams {@code a} and {@code b}. */
@ExtendWith(RedisExtension.class)
final class StreamReaderIT {
    private static final String EVENT = "{\"event\":\"new_trending\"}";

    private final RedisFixture redis;
    private final AtomicLong clockNs = new AtomicLong();
    private FeedFixture fixture;
    private RedisClient client;
    private FollowedStreams streams;
    private StreamReader reader;

    StreamReaderIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void connect() {
        fixture = new FeedFixture(redis.uri(), List.of("a", "b"), clockNs::get);
        client = fixture.clients().newOneShotClient();
        begin(4 << 20);
    }

    private void begin(long logBytes) {
        SourceContext context = fixture.context(logBytes);
        streams = new FollowedStreams(List.of("a", "b"), context.ingest());
        reader = new StreamReader(
                streams, new StreamSettings(4 << 20, 3_600_000, 100), context, fixture.noProbe(), () -> false);
        reader.connected(client.connect(ByteArrayCodec.INSTANCE, RedisURI.create(redis.uri()))
                .async());
    }

    @AfterEach
    void close() {
        client.shutdown();
        fixture.close();
    }

    private void step() {
        Objects.requireNonNull(reader.ask()).toCompletableFuture().join().run();
    }

    /** Loads, and makes the checks of a new connection. */
    private void catchUp() {
        while (!reader.hasCaughtUp()) {
            step();
        }
    }

    private void checkAgain() {
        clockNs.addAndGet(TimeUnit.SECONDS.toNanos(6));
        step();
    }

    private FollowedStream stream(String key) {
        return Objects.requireNonNull(streams.get(key));
    }

    /** Asks late enough for another check. */
    private BooleanSupplier await(String key, String id) {
        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
        return Objects.requireNonNull(stream(key).await(id));
    }

    private String position(String key) {
        return stream(key).tail().position().toString();
    }

    private void add(String key, String id) {
        redis.cli("XADD", key, id, "data", EVENT);
    }

    private String trouble() {
        SourceHealth health = streams.amend(new SourceHealth(true, "fine"));
        assertThat(health.ready()).isEqualTo(health.detail().equals("fine"));
        return health.detail();
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
            assertThat(trouble()).startsWith("\"a\" cannot be read as a stream: WRONGTYPE");

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
        assertThat(trouble()).startsWith("\"a\" cannot be read as a stream: NOPERM");

        redis.cli("ACL", "SETUSER", "app", "~a");
        checkAgain();
        step();
        assertThat(fixture.events()).isEqualTo(3);
        assertThat(position("a")).isEqualTo("2-0");
        assertThat(fixture.gaps()).isZero();
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
        assertThat(trouble()).startsWith("2 of 2 streams: \"a\"");

        redis.cli("DEL", "b");
        checkAgain();
        step();
        assertThat(streams.followed()).extracting(FollowedStream::key).containsExactly("b");
    }

    @Test
    void shouldAnswerWhetherAnEntryWillComeWithoutWaitingForTheNextCheck() {
        add("a", "5-0");
        catchUp();
        BooleanSupplier invented = await("a", "18446744073709551615-0");
        step();
        assertThat(invented.getAsBoolean()).isTrue();

        BooleanSupplier real = await("a", "6-0");
        add("a", "6-0");
        step();
        assertThat(real.getAsBoolean()).isTrue();
        assertThat(stream("a").await("6-0")).isNull();
    }

    @Test
    void shouldAnswerThatTheEntryWillNotComeWhenTheStreamWasMadeAgain() {
        add("a", "100-0");
        catchUp();
        BooleanSupplier lost = await("a", "101-0");
        redis.cli("DEL", "a");
        add("a", "5-0");
        step();
        assertThat(lost.getAsBoolean()).isTrue();
        assertThat(fixture.gaps()).isOne();
    }

    @Test
    void shouldReadEverythingThatTheCheckFoundBeforeItAnswers() {
        catchUp();
        for (int i = 1; i <= 250; i++) {
            add("a", i + "-0");
        }
        BooleanSupplier invented = await("a", "999-0");
        step();
        assertThat(invented.getAsBoolean()).isFalse();
        step();
        assertThat(invented.getAsBoolean()).isFalse();
        step();
        assertThat(fixture.events()).isEqualTo(250);
        assertThat(invented.getAsBoolean()).isTrue();
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
}

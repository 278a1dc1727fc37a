package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LogLimits;
import dev.hibiki.gateway.hub.LogMemory;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbeMonitor;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.redis.RedisAddress;
import dev.hibiki.gateway.redis.RedisClients;
import dev.hibiki.gateway.redis.RedisProbe;
import dev.hibiki.gateway.redis.RedisSettings;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final Hub hub = new Hub(
            new ChannelTable(List.of("a", "b")),
            new WebSocketFormat(),
            LogLimits.retaining(1 << 20),
            new LogMemory(UnpooledByteBufAllocator.DEFAULT, Long.MAX_VALUE, Long.MAX_VALUE),
            List.of(),
            metrics::newLoopCounters);
    private final Ingest ingest = new Ingest(
            new EventParser(new EventLimits(1 << 16, 8), "region", new EventIds("e")), hub, metrics, System::nanoTime);
    private RedisClients clients;
    private RedisClient client;
    private FollowedStreams streams;
    private StreamReader reader;

    StreamReaderIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void connect() {
        clients = new RedisClients(
                new RedisSettings(
                        RedisAddress.parse(redis.uri()),
                        "hibiki",
                        false,
                        new RedisSettings.Tls(null, RedisSettings.Verify.NONE)),
                clockNs::get);
        client = clients.newOneShotClient();
        begin(4 << 20);
    }

    private void begin(long logBytes) {
        SourceContext context = new SourceContext(
                List.of(), ingest, new ProbeMonitor(0, metrics, returned -> {}), logBytes, clockNs::get);
        streams = new FollowedStreams(List.of("a", "b"), ingest);
        reader = new StreamReader(
                streams,
                new StreamSettings(4 << 20, 3_600_000, 100),
                context,
                new RedisProbe(clients, context, "a", new NoProbes()),
                () -> false);
        reader.connected(client.connect(ByteArrayCodec.INSTANCE, RedisURI.create(redis.uri()))
                .async());
    }

    private static final class NoProbes implements RedisProbe.ProbePublisher {
        @Override
        public CompletionStage<?> publish(
                RedisClusterAsyncCommands<String, byte[]> commands, String name, byte[] payload) {
            return CompletableFuture.completedFuture(name);
        }

        @Override
        public String grants() {
            return "";
        }
    }

    @AfterEach
    void close() {
        client.shutdown();
        clients.close();
        hub.close();
        metrics.close();
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

    private String position(String key) {
        return stream(key).tail().position().toString();
    }

    private void add(String key, String id) {
        redis.cli("XADD", key, id, "data", EVENT);
    }

    private long events() {
        return metric("hibiki_events_in_total");
    }

    private long gaps() {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith("hibiki_gaps_total"))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    private long metric(String name) {
        return metrics.scrape()
                .lines()
                .filter(line -> line.startsWith(name + ' '))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(name.length())))
                .sum();
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
        assertThat(events()).isEqualTo(2);
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
            assertThat(events()).isOne();
            assertThat(trouble()).isEqualTo("\"a\" cannot be read as a stream: " + wrongType());

            add("b", "2-0");
            step();
            checkAgain();
            assertThat(events()).isEqualTo(2);
            assertThat(stream("a").isLoaded()).isFalse();

            redis.cli("DEL", "a");
            add("a", "7-0");
            add("b", "3-0");
            checkAgain();
            catchUp();
            step();
            assertThat(stream("a").isLoaded()).isTrue();
            assertThat(events()).isEqualTo(4);
            assertThat(trouble()).isEqualTo("fine");
            assertThat(log.linesWith("WARN")).singleElement().asString().contains("\"a\"", "WRONGTYPE", "--channel");
            assertThat(log.linesWith("INFO The key \"a\"")).hasSize(1);
            assertThat(gaps()).isZero();
        }
    }

    private String wrongType() {
        redis.cli("SET", "other", "text");
        try {
            return redis.cli("XLEN", "other");
        } catch (RuntimeException e) {
            return e.getMessage();
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
        while (events() < 3) {
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
        assertThat(events()).isEqualTo(5);
        assertThat(position("a")).isEqualTo("5-0");
        assertThat(trouble()).isEqualTo("fine");
        assertThat(gaps()).as("the deleted stream may have had more").isOne();
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
        assertThat(events()).isEqualTo(2);
        assertThat(trouble()).startsWith("\"a\" cannot be read as a stream: NOPERM");

        redis.cli("ACL", "SETUSER", "app", "~a");
        checkAgain();
        step();
        assertThat(events()).isEqualTo(3);
        assertThat(position("a")).isEqualTo("2-0");
        assertThat(gaps()).isZero();
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
        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
        BooleanSupplier invented = Objects.requireNonNull(stream("a").await("18446744073709551615-0"));
        step();
        assertThat(invented.getAsBoolean()).isTrue();

        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
        BooleanSupplier real = Objects.requireNonNull(stream("a").await("6-0"));
        add("a", "6-0");
        step();
        assertThat(real.getAsBoolean()).isTrue();
        assertThat(stream("a").await("6-0")).isNull();
    }

    @Test
    void shouldAnswerThatTheEntryWillNotComeWhenTheStreamWasMadeAgain() {
        add("a", "100-0");
        catchUp();
        BooleanSupplier lost = Objects.requireNonNull(stream("a").await("101-0"));
        redis.cli("DEL", "a");
        add("a", "5-0");
        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
        step();
        assertThat(lost.getAsBoolean()).isTrue();
        assertThat(gaps()).isOne();
    }

    @Test
    void shouldReadEverythingThatTheCheckFoundBeforeItAnswers() {
        catchUp();
        for (int i = 1; i <= 250; i++) {
            add("a", i + "-0");
        }
        clockNs.addAndGet(TimeUnit.MILLISECONDS.toNanos(60));
        BooleanSupplier invented = Objects.requireNonNull(stream("a").await("999-0"));
        step();
        assertThat(invented.getAsBoolean()).isFalse();
        step();
        assertThat(invented.getAsBoolean()).isFalse();
        step();
        assertThat(events()).isEqualTo(250);
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
            assertThat(events()).isEqualTo(4);
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
            assertThat(events()).isOne();
            assertThat(log.linesWith(
                            "Loaded 1 of 2 entries of \"a\": the older ones exceed --log-bytes, " + EVENT.length()))
                    .hasSize(1);
        }
    }
}

package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.FeedFixture;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.ByteArrayCodec;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A reader that asks Redis step by step, with a clock that stands still. It reads the streams {@code a} and {@code b}. */
@ExtendWith(RedisExtension.class)
abstract class StreamReaderScene {
    static final String EVENT = "{\"event\":\"new_trending\"}";

    final RedisFixture redis;
    final AtomicLong clockNs = new AtomicLong();
    FeedFixture fixture;
    RedisClient client;
    FollowedStreams streams;
    StreamReader reader;

    StreamReaderScene(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void connect() {
        fixture = new FeedFixture(redis.uri(), List.of("a", "b"), clockNs::get);
        client = fixture.clients().newFilteredClient(() -> reader.newFilter());
        begin(4 << 20);
    }

    final void begin(long logBytes) {
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

    void step() {
        Objects.requireNonNull(reader.ask()).toCompletableFuture().join().run();
    }

    /** Loads, and makes the checks of a new connection. */
    void catchUp() {
        while (!reader.hasCaughtUp()) {
            step();
        }
    }

    void checkAgain() {
        clockNs.addAndGet(TimeUnit.SECONDS.toNanos(6));
        step();
    }

    FollowedStream stream(String key) {
        return Objects.requireNonNull(streams.get(key));
    }

    String position(String key) {
        return stream(key).tail().position().toString();
    }

    void add(String key, String id) {
        redis.cli("XADD", key, id, "data", EVENT);
    }

    String trouble() {
        SourceHealth health = streams.amend(new SourceHealth(true, "fine"));
        assertThat(health.ready()).isEqualTo(health.unreadable().size() < 2);
        return health.describe();
    }
}

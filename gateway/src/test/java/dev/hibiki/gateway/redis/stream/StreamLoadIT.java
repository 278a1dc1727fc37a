package dev.hibiki.gateway.redis.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolVersion;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Several streams are loaded up to one moment, while publishers go on: they act between the commands of the load. */
@ExtendWith(RedisExtension.class)
final class StreamLoadIT {
    private static final String EVENT = "{\"event\":\"new_trending\"}";

    private final RedisFixture redis;
    private final List<String> order = new ArrayList<>();
    private final AtomicInteger reads = new AtomicInteger();
    private IntConsumer beforeRead = read -> {};
    private RedisClient client;

    StreamLoadIT(RedisFixture redis) {
        this.redis = redis;
    }

    @BeforeEach
    void connect() {
        client = newClient(redis.uri());
    }

    private static RedisClient newClient(String uri) {
        RedisClient made = RedisClient.create(uri);
        made.setOptions(
                ClientOptions.builder().protocolVersion(ProtocolVersion.RESP2).build());
        return made;
    }

    @AfterEach
    void close() {
        client.shutdown();
    }

    private void add(String key, long ms) {
        redis.cli("XADD", key, ms + "-0", "data", EVENT);
    }

    private void addMany(String key, long from, int count) {
        String add =
                "for i = 0, ARGV[2] - 1 do redis.call('XADD', KEYS[1], (ARGV[1] + i) .. '-0', 'data', ARGV[3]) end";
        redis.cli("EVAL", add, "1", key, Long.toString(from), Integer.toString(count), EVENT);
    }

    private StreamLoad load(int count, String... keys) {
        return load(client.connect(ByteArrayCodec.INSTANCE).async(), count, keys);
    }

    private StreamLoad load(BaseRedisAsyncCommands<byte[], byte[]> connection, int count, String... keys) {
        StreamReplay.Limits limits = new StreamReplay.Limits(1 << 20, "--replay-bytes", 3_600_000);
        StreamCommands commands = new StreamCommands(
                beforeReads(connection, () -> beforeRead.accept(reads.incrementAndGet())),
                new StreamCommands.Source("probes", 1 << 20, new UnreadableEntries(() -> 0), () -> 0));
        StreamLoad load = StreamLoad.of(commands, List.of(keys), new ConcurrentHashMap<>(), limits, count)
                .toCompletableFuture()
                .join();
        load.inOrder(entry -> order.add(entry.stream() + entry.id()), key -> order.add(key + " begins"));
        return load;
    }

    /** Does something before each XREAD is sent. */
    @SuppressWarnings("unchecked")
    static BaseRedisAsyncCommands<byte[], byte[]> beforeReads(
            BaseRedisAsyncCommands<byte[], byte[]> connection, Runnable action) {
        return (BaseRedisAsyncCommands<byte[], byte[]>) Proxy.newProxyInstance(
                StreamLoadIT.class.getClassLoader(),
                new Class<?>[] {BaseRedisAsyncCommands.class},
                (proxy, method, args) -> {
                    if (args[0] == CommandType.XREAD) {
                        action.run();
                    }
                    try {
                        return method.invoke(connection, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void shouldPutEntriesThatComeDuringTheLoadInOrderAcrossStreams() {
        add("a", 1);
        add("b", 2);
        beforeRead = read -> {
            add("b", 3);
            add("a", 4);
            add("b", 4);
            add("c", 3);
        };
        StreamLoad load = load(100, "b", "a", "c");
        assertThat(order).containsExactly("a1-0", "b2-0", "b3-0", "c3-0", "a4-0", "b4-0");
        assertThat(load.newer()).hasSize(4);
        assertThat(reads).hasValue(1);
    }

    @Test
    void shouldReadOnWhileAStreamMayHaveMore() {
        add("a", 1);
        add("b", 500);
        beforeRead = read -> {
            if (read == 1) {
                addMany("a", 2, 12);
                add("b", 501);
            }
        };
        load(2, "a", "b");
        assertThat(reads).as("of 2, 4 and 8 entries").hasValue(3);
        assertThat(order).hasSize(15).endsWith("a13-0", "b500-0", "b501-0");
    }

    @Test
    void shouldEndHoweverFastAStreamGrows() {
        beforeRead = read -> addMany("a", 1_000L * read, StreamReader.MAX_COUNT + 1);
        load(StreamReader.MAX_COUNT, "a");
        assertThat(reads).hasValue(StreamLoad.MAX_READS);
        assertThat(order).hasSize(StreamLoad.MAX_READS * StreamReader.MAX_COUNT);
    }

    @Test
    void shouldLoadTheOthersWhenAKeyIsRefusedAfterItsOwnLoad() {
        add("a", 1);
        add("b", 2);
        beforeRead = read -> {
            if (read == 1) {
                redis.cli("DEL", "a");
                redis.cli("SET", "a", "text");
                add("b", 3);
            }
        };
        StreamLoad load = load(100, "a", "b");
        assertThat(order).containsExactly("b2-0", "b3-0");
        assertThat(load.answers().found()).containsOnlyKeys("b");
        assertThat(load.answers().refused()).containsOnlyKeys("a");
        assertThat(reads)
                .as("the refused one, one for each key, and one without it")
                .hasValue(4);
    }

    @Test
    void shouldLoadNothingWhenAUserMayNotRead() {
        add("a", 1);
        add("b", 2);
        redis.cli("ACL", "SETUSER", "app", "reset", "on", ">pw", "~*", "&*", "+@all", "-xread");
        try (RedisClient app = newClient("redis://app:pw@127.0.0.1:" + redis.port())) {
            StreamLoad load = load(app.connect(ByteArrayCodec.INSTANCE).async(), 100, "a", "b");
            assertThat(order).isEmpty();
            assertThat(load.answers().refused()).containsOnlyKeys("a", "b");
        }
    }

    @Test
    void shouldTellWhereAPartialStreamBeginsAmongTheEntriesThatCome() {
        add("a", 1);
        add("b", 1);
        add("b", 5);
        redis.cli("XTRIM", "b", "MAXLEN", "0");
        beforeRead = read -> {
            add("a", 4);
            add("a", 7);
            add("b", 6);
        };
        load(100, "a", "b");
        assertThat(order).containsExactly("a1-0", "a4-0", "b begins", "b6-0", "a7-0");
    }
}

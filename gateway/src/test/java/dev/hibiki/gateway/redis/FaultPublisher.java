package dev.hibiki.gateway.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hibiki.gateway.support.Events;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Publishes numbered events at a fixed rate to a Redis with faults, from a thread of its own. It retries each number of a
 * stream until Redis has it once; a number for a channel that cannot be published is lost.
 */
final class FaultPublisher implements AutoCloseable {
    private static final Duration COMMAND_TIMEOUT = Duration.ofMillis(500);
    private static final int EVENT_BYTES = 200;

    private final RedisClient client;
    private final String key;
    private final boolean stream;
    private final LongFunction<String> event;
    private final long intervalNs;
    private final Thread thread;
    private final Set<Long> unpublished = ConcurrentHashMap.newKeySet();
    private volatile boolean finishing;
    private final AtomicLong next;
    /** Owned by the publishing thread; others use it when that thread has ended. */
    private @Nullable StatefulRedisConnection<String, String> connection;

    private FaultPublisher(
            String uri, String key, boolean stream, LongFunction<String> event, long from, int perSecond) {
        RedisURI redis = RedisURI.create(uri);
        redis.setTimeout(COMMAND_TIMEOUT);
        this.client = RedisClient.create(redis);
        client.setOptions(ClientOptions.builder().autoReconnect(false).build());
        this.key = key;
        this.stream = stream;
        this.event = event;
        this.next = new AtomicLong(from);
        this.intervalNs = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.thread = new Thread(this::run, "fault-publisher");
        thread.start();
    }

    static FaultPublisher toStream(String uri, String key, int perSecond) {
        return new FaultPublisher(uri, key, true, FaultPublisher::largeEvent, 0, perSecond);
    }

    static FaultPublisher toChannel(String uri, String channel, int perSecond) {
        return new FaultPublisher(uri, channel, false, FaultPublisher::largeEvent, 0, perSecond);
    }

    /** @param from the first number; the events have no ids of their own */
    static FaultPublisher withoutIds(String uri, String key, boolean stream, long from, int perSecond) {
        return new FaultPublisher(uri, key, stream, Events::withoutId, from, perSecond);
    }

    /** @param event makes the event of a number, from 0 on */
    static FaultPublisher of(String uri, String key, boolean stream, LongFunction<String> event, int perSecond) {
        return new FaultPublisher(uri, key, stream, event, 0, perSecond);
    }

    private static String largeEvent(long number) {
        return new String(Events.large(number, EVENT_BYTES), UTF_8);
    }

    private void run() {
        long due = System.nanoTime();
        boolean begun = false;
        while (!finishing || begun) { // It finishes a number that it has begun, because the stream may already have it.
            begun = !publish(next.get());
            if (!begun) {
                next.incrementAndGet();
            }
            due = Math.max(due + intervalNs, System.nanoTime() - TimeUnit.SECONDS.toNanos(1));
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    /** @return true when this number is done */
    private boolean publish(long number) {
        String json = event.apply(number);
        try {
            StatefulRedisConnection<String, String> open = connect();
            if (!stream) {
                open.sync().publish(key, json);
            } else if (!isLast(open, json)) {
                open.sync().xadd(key, "data", json);
            }
            return true;
        } catch (RedisException e) {
            disconnect();
            if (!stream) {
                unpublished.add(number);
            }
            return !stream;
        }
    }

    /** Redis may have added an entry although the answer was lost. */
    private boolean isLast(StatefulRedisConnection<String, String> open, String json) {
        List<StreamMessage<String, String>> last = open.sync().xrevrange(key, Range.unbounded(), Limit.from(1));
        return !last.isEmpty() && json.equals(last.get(0).getBody().get("data"));
    }

    private StatefulRedisConnection<String, String> connect() {
        StatefulRedisConnection<String, String> open = connection;
        if (open == null) {
            open = client.connect();
            connection = open;
        }
        return open;
    }

    private void disconnect() {
        if (connection != null) {
            connection.closeAsync();
            connection = null;
        }
    }

    /** The numbers that Redis never confirmed: they may have been published or not. */
    Set<Long> unpublished() {
        return unpublished;
    }

    /** The next number: all before it are done. */
    long published() {
        return next.get();
    }

    /** Stops and returns the next number. */
    long finish() {
        finishing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return next.get();
    }

    @Override
    public void close() {
        finish();
        disconnect();
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}

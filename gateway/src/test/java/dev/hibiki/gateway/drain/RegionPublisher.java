package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.support.Events;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Adds events to a stream at a fixed rate from a thread of its own, for one region after the other. Each region has its own
 * numbers from 0 on. An event carries the time when it was due, so that delays of this publisher count too.
 */
final class RegionPublisher implements AutoCloseable {
    private static final byte[] DUE = {'"', 'd', 'u', 'e', '_', 'n', 's', '"', ':'};

    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;
    private final int regions;
    private final long intervalNs;
    private final Thread thread;
    private volatile boolean finishing;
    private final AtomicLong published = new AtomicLong();

    RegionPublisher(String uri, int regions, int perSecond) {
        this.client = RedisClient.create(RedisURI.create(uri));
        this.connection = client.connect();
        this.regions = regions;
        this.intervalNs = TimeUnit.SECONDS.toNanos(1) / perSecond;
        this.thread = new Thread(this::run, "region-publisher");
        thread.start();
    }

    /** The region filter for one region. */
    static String region(int number) {
        return "R" + number;
    }

    /** When the event was due, on this machine's {@link System#nanoTime}. */
    static long dueNs(byte[] event) {
        return Events.number(event, DUE);
    }

    private void run() {
        long due = System.nanoTime();
        while (!finishing) {
            long next = published.get();
            String event = "{\"seq\":" + next / regions + ",\"due_ns\":" + due + ",\"region\":\""
                    + region((int) (next % regions))
                    + "\",\"event\":\"new_trending\",\"video_id\":\"v" + next
                    + "\",\"title\":\"新しい動画が急上昇しています\",\"channel_title\":\"今日のニュース\",\"views\":123456}";
            connection.sync().xadd(Events.CHANNEL, "data", event);
            published.incrementAndGet();
            due += intervalNs;
            LockSupport.parkNanos(due - System.nanoTime());
        }
    }

    /** How many of the first {@code published} events belong to this region. */
    static long ofRegion(int region, int regions, long published) {
        return (published + regions - 1 - region) / regions;
    }

    /** How many events there are, of all regions together. */
    long published() {
        return published.get();
    }

    /** Stops; after that the numbers are final. */
    void finish() {
        finishing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        finish();
        connection.close();
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}

package dev.hibiki.gateway.hub;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What can be subscribed to: a channel, or the events of one channel with one route. Made and ended by the {@link Hub}.
 */
public final class Topic {
    private final String channel;
    private final @Nullable String route;
    private final AtomicReferenceArray<@Nullable TopicShard> shards;

    final TopicLog log;
    /** How many subscriptions hold this topic; guarded by the hub. */
    int subscriptions;

    Topic(String channel, @Nullable String route, TopicLog log, int shardCount) {
        this.channel = channel;
        this.route = route;
        this.log = log;
        this.shards = new AtomicReferenceArray<>(shardCount);
    }

    /** The configured channel or pattern, or a concrete channel that a pattern matched. */
    public String channel() {
        return channel;
    }

    /** The value of the routing field that all events of this topic share; null for a whole channel. */
    public @Nullable String route() {
        return route;
    }

    /** The subscribers on one shard; null when there are none. Any thread. */
    @Nullable TopicShard shard(int index) {
        return shards.get(index);
    }

    /** Set by the shard itself, on its loop. */
    void shard(int index, @Nullable TopicShard shard) {
        shards.set(index, shard);
    }

    int shardCount() {
        return shards.length();
    }

    @Override
    public String toString() {
        return route == null ? channel : channel + '/' + route;
    }
}

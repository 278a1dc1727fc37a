package dev.hibiki.gateway.ingress;

import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisURI;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link RedisPubSubSource}, from its first byte to its end. What Redis says comes on the thread of the
 * connection; all else is the source's thread.
 */
final class PubSubLink extends RedisPubSubAdapter<String, byte[]> implements RedisConnectionStateListener {
    private final Ingest ingest;
    private final Owner owner;

    @Nullable RedisURI node;

    @Nullable StatefulRedisPubSubConnection<String, byte[]> connection;

    @Nullable ScheduledFuture<?> timer;

    int unconfirmed;
    /** Set with every message, for whoever wants to know whether any comes. */
    volatile boolean heard;

    private boolean brought;
    private boolean ended;

    PubSubLink(Ingest ingest, Owner owner, int subscriptions) {
        this.ingest = ingest;
        this.owner = owner;
        this.unconfirmed = subscriptions;
    }

    /** Who is told what becomes of the connection. Thread-safe. */
    interface Owner {
        /** Redis has confirmed one more subscription. */
        void confirmed(PubSubLink link);

        void ended(PubSubLink link, String reason);
    }

    @Override
    public void message(String channel, byte[] payload) {
        accept(channel, channel, payload);
    }

    @Override
    public void message(String pattern, String channel, byte[] payload) {
        accept(pattern, channel, payload);
    }

    @Override
    public void smessage(String channel, byte[] payload) {
        accept(channel, channel, payload);
    }

    /** Under a lock, so that nothing of this connection comes after the news that something was lost with it. */
    private synchronized void accept(String entry, String channel, byte[] payload) {
        if (!ended) {
            heard = true;
            brought = true;
            ingest.accept(entry, channel, payload);
        }
    }

    /**
     * Lets nothing more through.
     *
     * @return whether anything came
     */
    synchronized boolean end() {
        ended = true;
        return brought;
    }

    @Override
    public void subscribed(String channel, long count) {
        owner.confirmed(this);
    }

    @Override
    public void psubscribed(String pattern, long count) {
        owner.confirmed(this);
    }

    @Override
    public void ssubscribed(String channel, long count) {
        owner.confirmed(this);
    }

    /** Comes unasked where a slot leaves its node. */
    @Override
    public void sunsubscribed(String channel, long count) {
        owner.ended(this, "Redis ended the subscription to " + channel);
    }

    @Override
    public void onRedisDisconnected(RedisChannelHandler<?, ?> ended) {
        owner.ended(this, "the connection was closed");
    }
}

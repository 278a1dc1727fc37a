package dev.hibiki.gateway.redis.pubsub;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.redis.AnswerFilter;
import dev.hibiki.gateway.redis.RedisFailure;
import dev.hibiki.gateway.redis.RedisProbe;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes the messages of one connection of a {@link PubSubFeed}, on the thread of the connection, until it is ended. */
final class PubSubListener extends RedisPubSubAdapter<String, byte[]> {
    private final Ingest ingest;
    private final Consumer<String> confirmed;
    private final Consumer<String> lost;

    private final String probeChannel;
    private final Consumer<byte[]> onProbe;

    private volatile long messages;
    private boolean ended;

    /**
     * @param confirmed told the name of each channel or pattern that Redis confirms, before its first message
     * @param lost told why when Redis ends a subscription, or an event is lost here
     * @param onProbe takes the payloads of the probes' channel, which are no events
     */
    PubSubListener(
            Ingest ingest,
            Consumer<String> confirmed,
            Consumer<String> lost,
            String probeChannel,
            Consumer<byte[]> onProbe) {
        this.probeChannel = probeChannel;
        this.onProbe = onProbe;
        this.ingest = ingest;
        this.confirmed = confirmed;
        this.lost = lost;
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

    /** Holds a lock, so that no message of this connection comes after {@link #end}, when the gap is reported. */
    private synchronized void accept(String entry, String channel, byte @Nullable [] payload) {
        if (ended || channel.startsWith(RedisProbe.PREFIX)) {
            if (payload != null && entry.equals(probeChannel)) {
                onProbe.accept(payload);
            }
        } else {
            messages++;
            handOn(entry, channel, payload);
        }
    }

    /** An event that cannot be handed on is lost, so the connection ends: then clients are told. */
    private void handOn(String entry, String channel, byte @Nullable [] payload) {
        try {
            if (payload == null) { // Left out by the filter.
                ingest.leftOut(entry, channel, AnswerFilter.limit(ingest.maxEventBytes()));
            } else {
                ingest.accept(entry, channel, payload);
            }
        } catch (RuntimeException | Error e) { // There was no memory for it, for instance.
            ended = true;
            lost.accept("an event of " + channel + " could not be handed on: " + RedisFailure.reason(e));
        }
    }

    /** Returns the number of events that have come. Thread-safe. */
    long messages() {
        return messages;
    }

    /** Lets no more messages and confirmations through. Thread-safe. */
    synchronized void end() {
        ended = true;
    }

    @Override
    public void subscribed(String channel, long count) {
        confirm(channel);
    }

    @Override
    public void psubscribed(String pattern, long count) {
        confirm(pattern);
    }

    @Override
    public void ssubscribed(String channel, long count) {
        confirm(channel);
    }

    /** A gap is reported here: when there is no memory for it, the next connection reports it. */
    private synchronized void confirm(String entry) {
        if (ended || entry.equals(probeChannel)) {
            return;
        }
        try {
            confirmed.accept(entry);
        } catch (RuntimeException | Error e) {
            ended = true;
            lost.accept("a gap of " + entry + " could not be reported: " + RedisFailure.reason(e));
        }
    }

    /** Redis sends this unasked when a slot leaves its node. */
    @Override
    public void sunsubscribed(String channel, long count) {
        lost.accept("Redis ended the subscription to " + channel);
    }
}

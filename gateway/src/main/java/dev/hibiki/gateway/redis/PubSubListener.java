package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.ProbePlan;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.function.Consumer;

/** Hears what one connection of a {@link RedisPubSubSource} brings, on the thread of the connection, until it is ended. */
final class PubSubListener extends RedisPubSubAdapter<String, byte[]> {
    private final Ingest ingest;
    private final Runnable confirmed;
    private final Consumer<String> lost;

    private final String canaryChannel;
    private final Consumer<byte[]> canary;

    private volatile boolean heard;
    private volatile long messages;
    private boolean brought;
    private boolean ended;

    /**
     * @param confirmed run with every subscription that Redis confirms
     * @param lost told why when Redis ends a subscription
     * @param canary told what comes on the canary's channel, which is no event
     */
    PubSubListener(
            Ingest ingest, Runnable confirmed, Consumer<String> lost, String canaryChannel, Consumer<byte[]> canary) {
        this.canaryChannel = canaryChannel;
        this.canary = canary;
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

    /** Under a lock, so that nothing of this connection comes after the news that something was lost with it. */
    private synchronized void accept(String entry, String channel, byte[] payload) {
        if (ended || channel.startsWith(ProbePlan.PREFIX)) {
            if (entry.equals(canaryChannel)) {
                canary.accept(payload);
            }
        } else {
            heard = true;
            brought = true;
            messages++;
            ingest.accept(entry, channel, payload);
        }
    }

    /** How many events have come. Thread-safe. */
    long messages() {
        return messages;
    }

    /** Whether anything has come since this was last asked. Thread-safe. */
    boolean hasHeard() {
        boolean was = heard;
        heard = false;
        return was;
    }

    /**
     * Lets nothing more through. Thread-safe.
     *
     * @return whether anything ever came
     */
    synchronized boolean end() {
        ended = true;
        return brought;
    }

    @Override
    public void subscribed(String channel, long count) {
        confirm(channel);
    }

    @Override
    public void psubscribed(String pattern, long count) {
        confirmed.run();
    }

    @Override
    public void ssubscribed(String channel, long count) {
        confirm(channel);
    }

    private void confirm(String channel) {
        if (!channel.equals(canaryChannel)) {
            confirmed.run();
        }
    }

    /** Comes unasked where a slot leaves its node. */
    @Override
    public void sunsubscribed(String channel, long count) {
        lost.accept("Redis ended the subscription to " + channel);
    }
}

package dev.hibiki.gateway.redis.pubsub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.redis.RedisLifeCycle;
import io.lettuce.core.pubsub.api.async.RedisPubSubAsyncCommands;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A channel or pattern of a {@link PubSubFeed}: whether its events come, and why not. Confined to the thread of the feed's
 * {@link RedisLifeCycle}, except {@link #onConfirmed} and the methods of {@link ChannelProgress}.
 *
 * <p>It has no past to load: its clients wait only until it is subscribed for the first time. If they did not, nobody would tell
 * them of the events that were published before that.
 */
final class PubSubEntry implements ChannelProgress {
    private final ChannelSpec spec;
    private final Object order;

    private boolean asked;
    private boolean subscribed;
    /** Why Redis does not bring its events; null while it does, or has not answered. */
    private @Nullable String refusal;
    /** The refusal that the log told last; null when the log says nothing of it, or that the events come. */
    private @Nullable String logged;

    private volatile boolean loaded;
    /** True when events have come, or could have come, since the last gap was reported. */
    private volatile boolean lossPossible;

    /** @param order see {@link ChannelProgress#order}; null for an order of its own */
    PubSubEntry(ChannelSpec spec, @Nullable Object order) {
        this.spec = spec;
        this.order = order == null ? this : order;
    }

    String name() {
        return spec.name();
    }

    boolean isPattern() {
        return spec.isPattern();
    }

    /** Forgets what Redis has answered on the last connection. */
    void disconnected() {
        asked = false;
        subscribed = false;
        refusal = null;
    }

    /** Asks Redis for its events; the result fails when Redis refuses them. */
    CompletionStage<Void> ask(RedisPubSubAsyncCommands<String, byte[]> commands, boolean sharded) {
        asked = true;
        if (isPattern()) {
            return commands.psubscribe(name());
        }
        return sharded ? commands.ssubscribe(name()) : commands.subscribe(name());
    }

    /** Returns what an operator can do when Redis does not bring its events, as a sentence that follows; empty for nothing. */
    String advice(boolean sharded) {
        if (refusal == null || !refusal.startsWith("NOPERM")) {
            return "";
        }
        String subscribe = sharded ? " +ssubscribe" : " +subscribe";
        return ". Grant the user of Redis &" + name() + (isPattern() ? " +psubscribe" : subscribe);
    }

    /**
     * Called on the thread of the connection, before its first event: so a gap lies between the events before it and those after.
     */
    void onConfirmed(Ingest ingest) {
        if (lossPossible) {
            ingest.gap(name(), -1);
        }
        lossPossible = true;
    }

    /** Redis brings its events. @return whether an answer was awaited */
    boolean onSubscribed() {
        boolean answers = asked;
        asked = false;
        subscribed = true;
        refusal = null;
        return answers;
    }

    /** Redis does not bring its events. @return whether an answer was awaited */
    boolean onRefused(String reason) {
        boolean answers = asked;
        asked = false;
        refusal = answers ? reason : refusal;
        return answers;
    }

    boolean isSubscribed() {
        return subscribed;
    }

    @Nullable String refusal() {
        return refusal;
    }

    /** Returns true when the log does not tell the present state yet; it does from now on. */
    boolean mustLog() {
        boolean news = subscribed ? logged != null : refusal != null && !refusal.equals(logged);
        logged = refusal;
        return news;
    }

    /** Its events have begun to come. @return false when they had before */
    boolean load() {
        boolean first = !loaded;
        loaded = true;
        return first;
    }

    @Override
    public boolean isLoaded() {
        return loaded;
    }

    @Override
    public Object order() {
        return order;
    }
}

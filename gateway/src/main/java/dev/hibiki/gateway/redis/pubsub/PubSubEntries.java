package dev.hibiki.gateway.redis.pubsub;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.redis.RedisLifeCycle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels and patterns of a {@link PubSubFeed}, and what Redis has answered to the subscriptions. A round asks for all of
 * them on a new connection, and later for those that were refused. Confined to the thread of the feed's {@link RedisLifeCycle},
 * except {@link #get} and {@link #unreadable}.
 *
 * <p>Each has a command of its own, because Redis refuses a command as a whole. (Also, Lettuce takes the second confirmation of
 * one command for the answer to the next command.)
 */
final class PubSubEntries {
    private static final Logger log = LoggerFactory.getLogger(PubSubEntries.class);
    private static final long RETRY_INTERVAL_MS = TimeUnit.SECONDS.toMillis(5);
    /** Redis notes each refusal in its ACL LOG, which takes time. */
    private static final int MAX_RETRIES = 1_000;
    /** How many subscriptions are under way at a time: each has to be answered within the time limit of a command. */
    private static final int WINDOW = 500;

    private static final int MAX_LINES = 5;

    private final Map<String, PubSubEntry> byName = new LinkedHashMap<>();
    private final boolean sharded;

    /** Redis is still to be asked for these in this round. */
    private final Deque<PubSubEntry> waiting = new ArrayDeque<>();

    private int underWay;
    private boolean retrying;
    /** True when Redis has taken a subscription in this round. */
    private boolean taken;

    private int nextRetry;
    private volatile Map<String, String> unreadable = Map.of();

    /** @param order see {@link PubSubEntry} */
    PubSubEntries(List<ChannelSpec> specs, @Nullable Object order, boolean sharded) {
        specs.forEach(spec -> byName.put(spec.name(), new PubSubEntry(spec, order)));
        this.sharded = sharded;
    }

    private Collection<PubSubEntry> all() {
        return byName.values();
    }

    PubSubEntry get(String name) {
        return Objects.requireNonNull(byName.get(name));
    }

    Stream<PubSubEntry> subscribed() {
        return all().stream().filter(PubSubEntry::isSubscribed);
    }

    /** Begins on a new connection, with all of them. */
    void begin() {
        all().forEach(PubSubEntry::disconnected);
        waiting.clear();
        waiting.addAll(all());
        underWay = 0;
        retrying = false;
        taken = false;
    }

    /** Begins a round with those that were refused; when there are many, with others each time. */
    void retry() {
        List<PubSubEntry> refused =
                all().stream().filter(entry -> entry.refusal() != null).toList();
        int from = refused.size() <= MAX_RETRIES ? 0 : nextRetry % refused.size();
        nextRetry = from + MAX_RETRIES;
        Stream.concat(refused.stream().skip(from), refused.stream().limit(from))
                .limit(MAX_RETRIES)
                .forEach(waiting::add);
        retrying = true;
        taken = false;
    }

    /** Returns those that Redis is to be asked for now. Their answers are awaited from then on. */
    List<PubSubEntry> next() {
        List<PubSubEntry> asked = new ArrayList<>();
        if (underWay <= WINDOW / 2) {
            while (underWay < WINDOW && !waiting.isEmpty()) {
                asked.add(waiting.remove());
                underWay++;
            }
        }
        return asked;
    }

    void onSubscribed(String name) {
        taken = true;
        underWay -= get(name).onSubscribed() ? 1 : 0;
    }

    void onRefused(PubSubEntry entry, String reason) {
        underWay -= entry.onRefused(reason) ? 1 : 0;
    }

    /** Returns true when Redis has answered to all of this round. */
    boolean areAnswered() {
        return underWay == 0 && waiting.isEmpty();
    }

    /** Returns why no events can come at all; null when those of one can. */
    @Nullable String refusal() {
        if (subscribed().findAny().isPresent()) {
            return null;
        }
        PubSubEntry first = all().iterator().next();
        String reason = first.refusal() + first.advice(sharded);
        return byName.size() == 1
                ? '"' + first.name() + "\" cannot be read: " + reason
                : "none of " + byName.size() + " channels can be read, \"" + first.name() + "\" for: " + reason;
    }

    /** Lets the clients go on that wait for one of them. @return whether there can be any */
    boolean load() {
        return subscribed().filter(PubSubEntry::load).count() > 0;
    }

    /**
     * Shows and logs which of them cannot be read.
     *
     * @param node the address of this Redis
     */
    void tell(String node) {
        Map<String, String> reasons = new LinkedHashMap<>();
        List<PubSubEntry> lost = new ArrayList<>();
        List<PubSubEntry> back = new ArrayList<>();
        for (PubSubEntry entry : all()) {
            String refusal = entry.refusal();
            if (refusal != null) {
                reasons.put(entry.name(), node + ": " + refusal);
            }
            if (entry.mustLog()) {
                (refusal == null ? back : lost).add(entry);
            }
        }
        unreadable = reasons;
        back.stream()
                .limit(MAX_LINES)
                .forEach(entry -> log.info("\"{}\" can be read from Redis at {} now", entry.name(), node));
        lost.stream().limit(MAX_LINES).forEach(entry -> log(entry, node));
        if (lost.size() > MAX_LINES || back.size() > MAX_LINES) {
            log.warn(
                    "{} more channels cannot be read from Redis at {}, and {} more can be read now; see hibiki_channel_up",
                    Math.max(0, lost.size() - MAX_LINES),
                    node,
                    Math.max(0, back.size() - MAX_LINES));
        }
    }

    private void log(PubSubEntry entry, String node) {
        log.warn(
                "\"{}\" cannot be read from Redis at {}: {}. Its events do not come; other channels go on{}."
                        + " It is tried again every {} s",
                entry.name(),
                node,
                entry.refusal(),
                entry.advice(sharded),
                TimeUnit.MILLISECONDS.toSeconds(RETRY_INTERVAL_MS));
    }

    /** Returns when the next round begins: at once when Redis has just taken one that it had refused. */
    long retryDelayMs() {
        return retrying && taken ? 0 : RETRY_INTERVAL_MS;
    }

    /** Returns those that Redis refuses while it takes others, each with the reason. Thread-safe. */
    Map<String, String> unreadable() {
        return unreadable;
    }
}

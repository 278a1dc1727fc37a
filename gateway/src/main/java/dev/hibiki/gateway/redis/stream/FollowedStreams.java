package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceHealth;
import dev.hibiki.gateway.redis.address.RedisAddress;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.lettuce.core.RedisURI;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The streams of a feed, with those that Redis refuses. Such a key is no stream, or the user has no right to it. It is left
 * out of all reads until Redis takes it, and the others go on. Confined to the thread of the feed, except {@link #readFrom} and {@link #amend}.
 */
final class FollowedStreams {
    private static final Logger log = LoggerFactory.getLogger(FollowedStreams.class);
    /** The most streams that one line names. */
    private static final int MAX_NAMED = 20;

    private final Map<String, FollowedStream> byKey = new LinkedHashMap<>();
    private volatile Map<String, String> unreadable = Map.of();
    private final RateLimitedLog changes = new RateLimitedLog(log);
    /** The Redis of the newest connection; null until there is one. */
    private volatile @Nullable RedisURI node;

    /** Clients can wait for the streams from now on. */
    FollowedStreams(List<String> keys, Ingest ingest) {
        for (String key : keys) {
            FollowedStream stream = new FollowedStream(key, this);
            byKey.put(key, stream);
            ingest.follow(key, stream);
        }
    }

    /** Takes the Redis that is asked from now on. Thread-safe. */
    void readFrom(RedisURI redis) {
        node = redis;
    }

    Collection<FollowedStream> all() {
        return byKey.values();
    }

    List<String> keys() {
        return List.copyOf(byKey.keySet());
    }

    @Nullable FollowedStream get(String key) {
        return byKey.get(key);
    }

    /** Returns those that reads name. */
    List<FollowedStream> followed() {
        return all().stream().filter(FollowedStream::isFollowed).toList();
    }

    /** Returns the keys that can be loaded now. */
    List<String> toLoad() {
        return all().stream()
                .filter(stream -> !stream.isLoaded() && stream.refusal() == null)
                .map(FollowedStream::key)
                .toList();
    }

    Set<String> notLoaded() {
        return all().stream()
                .filter(stream -> !stream.isLoaded())
                .map(FollowedStream::key)
                .collect(Collectors.toSet());
    }

    /** Returns true when all that are not refused are loaded, and read up to these last ids. */
    boolean haveReached(Map<String, StreamInfo> targets) {
        return all().stream()
                .filter(stream -> stream.refusal() == null)
                .allMatch(stream -> stream.isLoaded()
                        && !targets.getOrDefault(stream.key(), StreamInfo.ABSENT)
                                .last()
                                .isAfter(stream.tail().position()));
    }

    /** Returns those of which a client has asked a question that needs a check. */
    List<FollowedStream> needingCheck() {
        return all().stream().filter(FollowedStream::needsCheck).toList();
    }

    /** Shows clients how far the tails have come; returns true when that may have answered a question. */
    boolean publish() {
        boolean answered = false;
        for (FollowedStream stream : all()) {
            answered |= stream.publish();
        }
        return answered;
    }

    /**
     * Notes which keys Redis refuses, and which it does not refuse any more.
     *
     * @return whether anything has changed
     */
    boolean update(KeyAnswers<?> answers) {
        boolean changed = false;
        for (FollowedStream stream : all()) {
            String before = stream.refusal();
            String now = answers.refused().get(stream.key());
            if (now != null || answers.found().containsKey(stream.key())) {
                stream.setRefusal(now);
                changed |= (now == null) != (before == null);
                if (!Objects.equals(now, before)) {
                    log(stream.key(), now);
                }
            }
        }
        show();
        return changed;
    }

    /** Shows which streams cannot be read now. One that is not loaded yet has no live events: what comes is loaded with the rest. */
    void show() {
        Map<String, String> now = new LinkedHashMap<>();
        for (FollowedStream stream : all()) {
            String refusal = stream.refusal();
            if (refusal != null) {
                now.put(stream.key(), atNode(refusal));
            } else if (!stream.isLoaded()) {
                now.put(stream.key(), "it is being loaded");
            }
        }
        unreadable = now;
    }

    private String atNode(String refusal) {
        RedisURI redis = node;
        return redis == null ? refusal : RedisAddress.where(redis) + ": " + refusal;
    }

    /** Names the streams that Redis has never had, as far as it knows: the publisher may use another database, or another key. */
    void logMissing(Collection<StreamReplay> replays) {
        RedisURI redis = node;
        List<String> missing = replays.stream()
                .filter(replay -> replay.info().last().equals(StreamId.ZERO))
                .map(StreamReplay::key)
                .toList();
        if (redis != null && !missing.isEmpty()) {
            log.info(
                    "Database {} of Redis at {} has no entries yet of {} streams: {}. If a publisher adds some, look at its"
                            + " database and its key",
                    redis.getDatabase(),
                    RedisAddress.where(redis),
                    missing.size(),
                    missing.stream().limit(MAX_NAMED).collect(Collectors.joining(", "))
                            + (missing.size() > MAX_NAMED ? ", …" : ""));
        }
    }

    private void log(String key, @Nullable String refusal) {
        if (refusal == null) {
            changes.at(Level.INFO).log("The key \"{}\" can be read as a stream again", key);
        } else {
            changes.warn(
                    "{}. Its events do not come, and new clients of it wait; other streams go on. {}. It is tried every {} s",
                    KeyAnswers.cannotBeRead(key, atNode(refusal)),
                    refusal.startsWith("WRONGTYPE")
                            ? "Rename or delete that key, or correct --channel"
                            : "Grant the user of Redis ~" + key + " +xread +xrevrange +xinfo|stream",
                    StreamReader.CHECK_INTERVAL_S);
        }
    }

    /** Adds the streams that cannot be read. While there is another one, that does not change whether events come. Thread-safe. */
    SourceHealth amend(SourceHealth health) {
        Map<String, String> now = unreadable;
        return health.ready() && !now.isEmpty()
                ? new SourceHealth(now.size() < byKey.size(), health.detail(), now)
                : health;
    }
}

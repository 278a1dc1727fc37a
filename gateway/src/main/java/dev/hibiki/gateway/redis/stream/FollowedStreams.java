package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of a feed, with those that Redis refuses. Such a key is no stream, or the user has no right to it. It is left
 * out of all reads until Redis takes it, and the others go on. Confined to the thread of the feed, except {@link #amend}.
 */
final class FollowedStreams {
    private static final Logger log = LoggerFactory.getLogger(FollowedStreams.class);

    private final Map<String, FollowedStream> byKey = new LinkedHashMap<>();
    private volatile @Nullable String trouble;

    /** Clients can wait for the streams from now on. */
    FollowedStreams(List<String> keys, Ingest ingest) {
        for (String key : keys) {
            FollowedStream stream = new FollowedStream(key, this);
            byKey.put(key, stream);
            ingest.follow(key, stream);
        }
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
                if ((now == null) != (before == null)) {
                    changed = true;
                    log(stream.key(), now);
                }
            }
        }
        trouble = describe();
        return changed;
    }

    private static void log(String key, @Nullable String refusal) {
        if (refusal == null) {
            log.info("The key \"{}\" can be read as a stream again", key);
        } else {
            log.warn(
                    "{}. Its events do not come, and new clients of it wait; other streams go on. {}. It is tried every {} s",
                    KeyAnswers.cannotBeRead(key, refusal),
                    refusal.startsWith("WRONGTYPE")
                            ? "Rename or delete that key, or correct --channel"
                            : "Grant the user of Redis ~" + key + " +xread +xrevrange +xinfo|stream",
                    StreamReader.CHECK_INTERVAL_S);
        }
    }

    private @Nullable String describe() {
        List<String> refused = all().stream()
                .filter(stream -> stream.refusal() != null)
                .map(stream -> KeyAnswers.cannotBeRead(stream.key(), String.valueOf(stream.refusal())))
                .toList();
        return switch (refused.size()) {
            case 0 -> null;
            case 1 -> refused.get(0);
            default -> refused.size() + " of " + byKey.size() + " streams: " + refused.get(0);
        };
    }

    /** Turns a health that is ready into one that is not, while a stream cannot be read. Thread-safe. */
    SourceHealth amend(SourceHealth health) {
        String now = trouble;
        return health.ready() && now != null ? new SourceHealth(false, now) : health;
    }
}

package dev.hibiki.gateway.redis.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the end of one stream: page by page from the newest entry back, until there are enough bytes, or the entries are too
 * old, or there are no more. Used for one load, whose steps follow each other. The load may take several connections.
 *
 * <p>The age of an entry is the time from its id to the last id of the stream. No clock is asked: that of this machine may
 * differ from the clock of Redis, and ids need not be times.
 */
final class StreamReplay {
    private static final Logger log = LoggerFactory.getLogger(StreamReplay.class);

    private final String key;
    private final StreamInfo info;
    private final Limits limits;
    private final StreamId oldest;
    private final List<StreamEntry> newestFirst = new ArrayList<>();
    private long bytesLeft;
    /** Where the next page begins; null when there is none. */
    private @Nullable String next;

    /**
     * How much to load.
     *
     * @param maxBytes the most bytes of events
     * @param bytesOption the option that gives them
     * @param maxAgeMs the greatest age of an entry
     */
    record Limits(long maxBytes, String bytesOption, int maxAgeMs) {
        static Limits of(StreamSettings settings, long logBytes) {
            return settings.replayBytes() <= logBytes
                    ? new Limits(settings.replayBytes(), "--replay-bytes", settings.replayAgeMs())
                    : new Limits(logBytes, "--log-bytes", settings.replayAgeMs());
        }

        /** Returns the smallest id that is not too old. */
        StreamId oldest(StreamId last) {
            long ms = Long.compareUnsigned(last.ms(), maxAgeMs) > 0 ? last.ms() - maxAgeMs : 0;
            return new StreamId(ms, 0);
        }
    }

    /**
     * Prepares a load.
     *
     * @param info the state of the stream: entries that come later are not loaded
     */
    StreamReplay(String key, StreamInfo info, Limits limits) {
        this.key = key;
        this.info = info;
        this.oldest = limits.oldest(info.last());
        this.limits = limits;
        this.bytesLeft = limits.maxBytes() == 0 ? -1 : limits.maxBytes();
        this.next = info.last().equals(StreamId.ZERO) ? null : info.last().toString();
    }

    /**
     * Completes with this when everything is loaded. When the connection gives up an entry, another one can go on.
     *
     * @param pageEntries the number of entries to ask for at a time
     */
    CompletionStage<StreamReplay> load(StreamCommands commands, int pageEntries) {
        String from = next;
        return bytesLeft < 0 || from == null
                ? CompletableFuture.completedFuture(this)
                : commands.page(key, from, oldest, pageEntries, this::add).thenCompose(page -> {
                    add(page);
                    return load(commands, pageEntries);
                });
    }

    private void add(StreamCommands.Page page) {
        for (StreamEntry entry : page.entries()) {
            bytesLeft -= entry.json().length;
            if (bytesLeft < 0) {
                return;
            }
            newestFirst.add(entry);
            next = '(' + entry.id().toString();
        }
        if (!page.more()) {
            next = null;
        }
    }

    String key() {
        return key;
    }

    /** Returns the state of the stream before the load. */
    StreamInfo info() {
        return info;
    }

    /** Returns what was loaded, the newest first. */
    List<StreamEntry> entries() {
        return newestFirst;
    }

    /** Returns true when the stream has had entries that were not loaded; they may also have been trimmed before. */
    boolean isPartial() {
        return info.added() == StreamInfo.UNKNOWN
                ? !info.last().equals(StreamId.ZERO)
                : info.added() > newestFirst.size();
    }

    /** Returns the id up to which entries are missing; that entry itself is there unless nothing was loaded. */
    StreamId missingUpTo() {
        return newestFirst.isEmpty()
                ? info.last()
                : newestFirst.get(newestFirst.size() - 1).id();
    }

    /** Logs what was left out, and why. */
    void logLeftOut() {
        String reason = reasonToLeaveOut();
        if (reason != null) {
            log.info("Loaded {} of {} entries of \"{}\": {}", newestFirst.size(), info.length(), key, reason);
        }
    }

    private @Nullable String reasonToLeaveOut() {
        if (newestFirst.size() >= info.length()) {
            return null;
        }
        if (bytesLeft < 0) {
            return "the older ones exceed " + limits.bytesOption() + ", " + limits.maxBytes();
        }
        // Else the entries that are missing have been trimmed or deleted since.
        return info.first() != null && oldest.isAfter(info.first())
                ? "the older ones are more than --replay-age-ms, " + limits.maxAgeMs() + ", before the last id, "
                        + info.last()
                : null;
    }
}

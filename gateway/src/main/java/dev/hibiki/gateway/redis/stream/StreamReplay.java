package dev.hibiki.gateway.redis.stream;

import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.Range.Boundary;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.api.async.RedisStreamAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the end of one stream: page by page from the newest entry back, until there are enough bytes, or the entries are too
 * old, or there are no more. Used for one load, whose steps follow each other.
 *
 * <p>The age of an entry is the time from its id to the last id of the stream. No clock is asked: that of this machine may
 * differ from the clock of Redis, and ids need not be times.
 */
final class StreamReplay {
    private static final Logger log = LoggerFactory.getLogger(StreamReplay.class);

    private final RedisStreamAsyncCommands<byte[], byte[]> commands;
    private final String key;
    private final StreamInfo info;
    private final Limits limits;
    private final StreamId oldest;
    private final int pageEntries;
    private final List<StreamEntry> newestFirst = new ArrayList<>();
    private long bytesLeft;

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
     * @param pageEntries the number of entries to ask for at a time
     */
    StreamReplay(
            RedisStreamAsyncCommands<byte[], byte[]> commands,
            String key,
            StreamInfo info,
            Limits limits,
            int pageEntries) {
        this.commands = commands;
        this.key = key;
        this.info = info;
        this.limits = limits;
        this.oldest = limits.oldest(info.last());
        this.pageEntries = pageEntries;
        this.bytesLeft = limits.maxBytes();
    }

    /** Completes with this when everything is loaded. */
    CompletionStage<StreamReplay> load() {
        if (limits.maxBytes() == 0) {
            bytesLeft = -1;
        }
        return bytesLeft < 0 || info.last().equals(StreamId.ZERO)
                ? CompletableFuture.completedFuture(this)
                : page(Boundary.including(info.last().toString()));
    }

    private CompletionStage<StreamReplay> page(Boundary<String> newest) {
        byte[] name = key.getBytes(StandardCharsets.UTF_8);
        Range<String> range = Range.from(Boundary.including(oldest.toString()), newest);
        return commands.xrevrange(name, range, Limit.from(pageEntries)).thenCompose(this::onPage);
    }

    private CompletionStage<StreamReplay> onPage(List<StreamMessage<byte[], byte[]>> page) {
        for (StreamMessage<byte[], byte[]> message : page) {
            StreamEntry entry = StreamEntry.of(key, message);
            bytesLeft -= entry.json().length;
            if (bytesLeft < 0) {
                return CompletableFuture.completedFuture(this);
            }
            newestFirst.add(entry);
        }
        return page.size() < pageEntries
                ? CompletableFuture.completedFuture(this)
                : page(Boundary.excluding(page.get(page.size() - 1).getId()));
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

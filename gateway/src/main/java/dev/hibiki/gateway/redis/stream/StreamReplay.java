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

/**
 * Loads the end of one stream: page by page from the newest entry back, until there are enough bytes, or the entries are too
 * old, or there are no more. Used for one load, whose steps follow each other.
 */
final class StreamReplay {
    private final RedisStreamAsyncCommands<byte[], byte[]> commands;
    private final String key;
    private final Boundary<String> oldest;
    private final int pageEntries;
    private final List<StreamEntry> newestFirst = new ArrayList<>();
    private long bytesLeft;

    /**
     * Prepares a load.
     *
     * @param maxBytes the most bytes of events
     * @param oldestMs the earliest time of an entry
     * @param pageEntries the number of entries to ask for at a time
     */
    StreamReplay(
            RedisStreamAsyncCommands<byte[], byte[]> commands,
            String key,
            long maxBytes,
            long oldestMs,
            int pageEntries) {
        this.commands = commands;
        this.key = key;
        this.bytesLeft = maxBytes;
        this.oldest = Boundary.including(new StreamId(oldestMs, 0).toString());
        this.pageEntries = pageEntries;
    }

    /** Completes with the entries up to this one, the newest first. */
    CompletionStage<List<StreamEntry>> loadUpTo(StreamId newest) {
        return bytesLeft == 0 || newest.equals(StreamId.ZERO)
                ? CompletableFuture.completedFuture(newestFirst)
                : page(Boundary.including(newest.toString()));
    }

    private CompletionStage<List<StreamEntry>> page(Boundary<String> newest) {
        byte[] name = key.getBytes(StandardCharsets.UTF_8);
        return commands.xrevrange(name, Range.from(oldest, newest), Limit.from(pageEntries))
                .thenCompose(this::onPage);
    }

    private CompletionStage<List<StreamEntry>> onPage(List<StreamMessage<byte[], byte[]>> page) {
        for (StreamMessage<byte[], byte[]> message : page) {
            StreamEntry entry = StreamEntry.of(key, message);
            bytesLeft -= entry.json().length;
            if (bytesLeft < 0) {
                return CompletableFuture.completedFuture(newestFirst);
            }
            newestFirst.add(entry);
        }
        return page.size() < pageEntries
                ? CompletableFuture.completedFuture(newestFirst)
                : page(Boundary.excluding(page.get(page.size() - 1).getId()));
    }
}

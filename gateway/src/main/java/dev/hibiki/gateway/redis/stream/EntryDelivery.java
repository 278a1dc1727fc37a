package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.RedisProbe;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands on what was read: entries to the ingest, with the gaps between them, and probes. Moves the tails of the streams with them.
 * Confined to the thread of the feed.
 */
final class EntryDelivery {
    private static final Logger log = LoggerFactory.getLogger(EntryDelivery.class);

    /** Each is named in the log, unless there are very many. */
    private static final int UNREADABLE_LINES = 200;

    private final FollowedStreams streams;
    private final Ingest ingest;
    private final LongSupplier nanoClock;
    private final RedisProbe probe;
    private final BooleanSupplier closed;
    private final RateLimitedLog unreadable;
    private long count;
    /** The last probe that was read. Zero on each new connection: the ids of another Redis may be smaller. */
    private StreamId probePosition = StreamId.ZERO;

    /** @param closed when true nothing is handed on any more */
    EntryDelivery(FollowedStreams streams, SourceContext context, RedisProbe probe, BooleanSupplier closed) {
        this.streams = streams;
        this.ingest = context.ingest();
        this.nanoClock = context.nanoClock();
        this.probe = probe;
        this.closed = closed;
        this.unreadable = new RateLimitedLog(log, nanoClock, UNREADABLE_LINES);
    }

    void connected() {
        probePosition = StreamId.ZERO;
    }

    /** Returns the number of entries so far. */
    long count() {
        return count;
    }

    /** Returns what reads name, and the entry behind which they begin. */
    Map<String, StreamId> positions() {
        Map<String, StreamId> from = new LinkedHashMap<>();
        streams.followed()
                .forEach(stream -> from.put(stream.key(), stream.tail().position()));
        if (probe.isListening()) {
            from.put(probe.name(), probePosition);
        }
        return from;
    }

    /** Hands on what is loaded before anything tells that it is: clients join when all of it is in the logs. */
    void begin(StreamLoad load) {
        Collection<StreamReplay> replays = load.replays();
        if (replays.isEmpty()) {
            return;
        }
        long before = count;
        load.inOrder(this::handOn, ingest::notLoadedBefore);
        replays.forEach(replay -> stream(replay.key()).tail().beginAt(replay.info()));
        load.newer().forEach(entry -> stream(entry.stream()).tail().read(entry.id()));
        streams.publish();
        replays.forEach(replay -> stream(replay.key()).setLoaded());
        streams.show();
        log.info("Loaded {} entries of {} streams", count - before, replays.size());
        streams.logMissing(replays);
        replays.forEach(StreamReplay::logLeftOut);
        ingest.progressed();
    }

    private FollowedStream stream(String key) {
        return Objects.requireNonNull(streams.get(key));
    }

    /**
     * Hands on what a check has read, with the gaps that it has found at their places.
     *
     * @param infos the states of streams before the read
     * @param anew told of each stream that was made anew
     * @return whether a stream may have more
     */
    boolean settle(Map<String, StreamInfo> infos, StreamBatch batch, Consumer<String> anew) {
        Set<String> movedBack = new HashSet<>();
        List<FollowedStream> checked = new ArrayList<>();
        for (FollowedStream stream : streams.followed()) {
            StreamInfo info = infos.get(stream.key());
            if (info != null && batch.from().containsKey(stream.key())) {
                checked.add(stream);
                stream.found(info.last());
                if (stream.tail().movesBack(info)) {
                    ingest.gap(stream.key(), StreamTail.UNKNOWN);
                    movedBack.add(stream.key()); // The read began at its old position.
                    anew.accept(stream.key());
                }
            }
        }
        List<StreamEntry> entries = batch.inOrder();
        Set<String> unfinished = unfinished(batch, entries);
        unfinished.addAll(movedBack);
        checked.removeIf(stream -> movedBack.contains(stream.key()));
        Map<String, StreamTail.Loss> losses = new HashMap<>();
        for (FollowedStream stream : checked) {
            List<StreamId> ids = entries.stream()
                    .filter(entry -> entry.stream().equals(stream.key()))
                    .map(StreamEntry::id)
                    .toList();
            StreamInfo info = Objects.requireNonNull(infos.get(stream.key()));
            losses.put(stream.key(), stream.tail().loss(info, ids, !unfinished.contains(stream.key())));
        }
        handOn(batch, entries, movedBack, losses);
        for (FollowedStream stream : streams.followed()) {
            if (!unfinished.contains(stream.key())) {
                settle(stream, infos.get(stream.key()), batch);
            }
        }
        publishPositions();
        return !unfinished.isEmpty();
    }

    /** The stream is read up to its end. */
    private void settle(FollowedStream stream, @Nullable StreamInfo info, StreamBatch batch) {
        if (info == null) {
            stream.found(stream.tail().position()); // All that it had at this check.
        } else if (batch.from().containsKey(stream.key())) {
            report(stream.key(), stream.tail().after(info, batch.countAfter(info.last(), stream.key())));
        }
    }

    /** Returns the streams that may have more entries than these. */
    private Set<String> unfinished(StreamBatch batch, List<StreamEntry> entries) {
        return entries.size() < batch.entries().size() ? new HashSet<>(streams.keys()) : batch.full();
    }

    /**
     * Hands on what was read without a check.
     *
     * @return whether a stream may have more
     */
    boolean handOn(StreamBatch batch) {
        List<StreamEntry> entries = batch.inOrder();
        handOn(batch, entries, Set.of(), Map.of());
        publishPositions();
        return !unfinished(batch, entries).isEmpty();
    }

    private void handOn(
            StreamBatch batch, List<StreamEntry> entries, Set<String> without, Map<String, StreamTail.Loss> losses) {
        long nowNs = nanoClock.getAsLong();
        for (StreamEntry entry : batch.probes()) {
            probePosition = entry.id();
            probe.returned(entry.json(), nowNs);
        }
        Map<String, StreamTail.Loss> toReport = new LinkedHashMap<>(losses);
        for (StreamEntry entry : entries) {
            FollowedStream stream = streams.get(entry.stream());
            if (stream != null && stream.isFollowed() && !without.contains(entry.stream())) {
                StreamTail.Loss loss = toReport.get(entry.stream());
                if (loss != null && entry.id().isAfter(loss.upTo())) {
                    report(entry.stream(), loss.missed());
                    toReport.remove(entry.stream());
                }
                handOn(entry);
                stream.tail().read(entry.id());
            }
        }
        toReport.forEach((key, loss) -> report(key, loss.missed()));
    }

    private void publishPositions() {
        if (streams.publish()) {
            ingest.progressed();
        }
    }

    /** An entry that cannot be read is a gap of one. */
    private void handOn(StreamEntry entry) {
        count++;
        if (closed.getAsBoolean()) {
            return;
        }
        String trouble = entry.trouble();
        if (trouble == null) {
            ingest.accept(
                    entry.stream(), entry.stream(), entry.json(), entry.id().toString());
        } else {
            unreadable.warn(
                    "Entry {} of the stream \"{}\" cannot be read: {}. It is stepped over, and clients are told that one event"
                            + " is lost. Publish smaller events",
                    entry.id(),
                    entry.stream(),
                    trouble);
            ingest.gap(entry.stream(), 1);
        }
    }

    private void report(String key, long missed) {
        if (missed != StreamTail.NONE) {
            ingest.gap(key, missed);
        }
    }
}

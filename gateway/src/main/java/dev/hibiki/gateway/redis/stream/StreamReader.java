package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.RedisFailure;
import dev.hibiki.gateway.redis.RedisProbe;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.async.RedisStreamAsyncCommands;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Redis for the entries of streams, and hands them on. Confined to the thread of the feed, except the stages between
 * question and answer.
 *
 * <p>First it loads the end of each stream. Then it normally sends one XREAD after another, and each waits a while for
 * entries. At other times it makes a check: it sends XINFO STREAM, and behind it an XREAD that does not wait. It does so on
 * every new connection, while a stream may have more entries than one answer holds, and every few seconds. When a client asks
 * for an entry that was not read yet, it checks that stream only. XINFO STREAM tells whether entries are lost, and when a new
 * connection has caught up.
 *
 * <p>Redis refuses a whole XREAD for one key that is no stream, or to which the user has no right. Such a key is left out,
 * and each check tries it again.
 */
final class StreamReader {
    private static final Logger log = LoggerFactory.getLogger(StreamReader.class);
    /** Far less than the time-out of commands, so that an answer which comes late is a failure. */
    private static final long BLOCK_MS = 1_000;

    static final long CHECK_INTERVAL_S = 5;
    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(CHECK_INTERVAL_S);
    /** Clients may ask for any number of entries that do not exist. */
    private static final long QUESTION_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** The most entries of each stream in one answer. Few enough that large events arrive within the time-out. */
    static final int MAX_COUNT = 100;

    private final FollowedStreams streams;
    private final StreamReplay.Limits limits;
    private final Ingest ingest;
    private final LongSupplier nanoClock;
    private final RedisProbe probe;
    private final BooleanSupplier closed;

    private @Nullable StreamCommands commands;
    private int count = MAX_COUNT;
    private long handedOn;
    /** The last probe that was read. Zero on each new connection: the ids of another Redis may be smaller. */
    private StreamId probePosition = StreamId.ZERO;

    private boolean checkDue;
    /** The time of the last check of all streams. */
    private long checkedNs;
    /** The time of the last check of any. */
    private long questionedNs;
    /** The state of the streams when this connection was new; null until that is known. */
    private @Nullable Map<String, StreamInfo> targets;

    /** @param closed when true nothing is handed on any more */
    StreamReader(
            FollowedStreams streams,
            StreamSettings settings,
            SourceContext context,
            RedisProbe probe,
            BooleanSupplier closed) {
        this.streams = streams;
        this.limits = StreamReplay.Limits.of(settings, context.logBytes());
        this.ingest = context.ingest();
        this.nanoClock = context.nanoClock();
        this.probe = probe;
        this.closed = closed;
    }

    void connected(RedisStreamAsyncCommands<byte[], byte[]> fresh) {
        commands = new StreamCommands(fresh, probe.name());
        targets = null;
        checkDue = true;
        probePosition = StreamId.ZERO;
    }

    /** Makes the next connection ask for less: the last answer may have been too large to arrive in time. */
    void disconnected() {
        commands = null;
        count = Math.max(1, count / 4);
    }

    /** Returns the number of entries handed on so far. */
    long handedOn() {
        return handedOn;
    }

    /** Returns true when every entry is read that the streams had when this connection was new. */
    boolean hasCaughtUp() {
        return targets != null && streams.haveReached(targets);
    }

    /**
     * Asks the next question; completes with the task that handles the answer, for the thread of the feed. Returns null while
     * there is nothing to ask.
     */
    @Nullable CompletionStage<Runnable> ask() {
        StreamCommands to = connection();
        List<String> toLoad = streams.toLoad();
        if (!toLoad.isEmpty()) {
            return StreamLoad.of(to, toLoad, limits, count).thenApply(load -> () -> begin(load));
        }
        long nowNs = nanoClock.getAsLong();
        if (checkDue || nowNs - checkedNs >= CHECK_INTERVAL_NS) {
            checkDue = false;
            checkedNs = nowNs;
            questionedNs = nowNs;
            return check(to, streams.all());
        }
        List<FollowedStream> questioned = streams.needingCheck();
        long waitNs = QUESTION_INTERVAL_NS - (nowNs - questionedNs);
        if (!questioned.isEmpty() && waitNs <= 0) {
            questionedNs = nowNs;
            return check(to, questioned);
        }
        Map<String, StreamId> from = positions();
        if (from.isEmpty()) {
            return null;
        }
        // 0 would be for ever.
        long blockMs = questioned.isEmpty() ? BLOCK_MS : TimeUnit.NANOSECONDS.toMillis(waitNs) + 1;
        return withoutRefused(
                to, to.read(XReadArgs.Builder.block(blockMs), count, from).thenApply(batch -> () -> take(batch)));
    }

    /** Asks for the state of these streams, and reads all. */
    private CompletionStage<Runnable> check(StreamCommands to, Collection<FollowedStream> asked) {
        asked.forEach(FollowedStream::beginCheck);
        Map<String, StreamId> from = positions();
        List<String> keys = asked.stream().map(FollowedStream::key).toList();
        CompletionStage<KeyAnswers<StreamInfo>> infos =
                KeyAnswers.ask(keys, key -> from.containsKey(key) ? to.info(key) : to.tryToRead(key));
        CompletionStage<StreamBatch> read = from.isEmpty()
                ? CompletableFuture.completedFuture(StreamBatch.EMPTY)
                : to.read(new XReadArgs(), count, from);
        return withoutRefused(to, infos.thenCombine(read, (known, batch) -> () -> settle(known, batch)));
    }

    /** When Redis has refused a read, finds out for which key: its error does not tell. */
    private CompletionStage<Runnable> withoutRefused(StreamCommands to, CompletionStage<Runnable> answer) {
        List<String> keys = streams.keys();
        return answer.exceptionallyCompose(failure -> KeyAnswers.isRefusal(failure)
                ? KeyAnswers.ask(keys, to::tryToRead).thenApply(answers -> () -> {
                    checkDue = true;
                    if (!streams.update(answers)) {
                        throw new IllegalStateException(RedisFailure.reason(failure));
                    }
                })
                : CompletableFuture.failedFuture(failure));
    }

    /** Returns what reads name, and the entry behind which they begin. */
    private Map<String, StreamId> positions() {
        Map<String, StreamId> from = new LinkedHashMap<>();
        streams.followed()
                .forEach(stream -> from.put(stream.key(), stream.tail().position()));
        if (probe.isListening()) {
            from.put(probe.name(), probePosition);
        }
        return from;
    }

    /** Completes when reads may ask for probes too; fails when Redis refuses that. */
    CompletionStage<?> askForProbes() {
        return connection().readProbes();
    }

    private StreamCommands connection() {
        StreamCommands to = commands;
        if (to == null) {
            throw new IllegalStateException("not connected");
        }
        return to;
    }

    /** Hands on what is loaded before anything tells that it is: clients join when all of it is in the logs. */
    private void begin(StreamLoad load) {
        checkDue = true;
        streams.update(load.answers());
        Collection<StreamReplay> replays = load.replays();
        if (replays.isEmpty()) {
            return;
        }
        long before = handedOn;
        load.inOrder(this::handOn, ingest::notLoadedBefore);
        replays.forEach(replay -> stream(replay.key()).tail().beginAt(replay.info()));
        load.newer().forEach(entry -> stream(entry.stream()).tail().read(entry.id()));
        streams.publish();
        replays.forEach(replay -> stream(replay.key()).setLoaded());
        log.info("Loaded {} entries of {} streams", handedOn - before, replays.size());
        replays.forEach(StreamReplay::logLeftOut);
        ingest.progressed();
    }

    private FollowedStream stream(String key) {
        return Objects.requireNonNull(streams.get(key));
    }

    private void settle(KeyAnswers<StreamInfo> answers, StreamBatch batch) {
        checkDue |= streams.update(answers);
        Map<String, StreamInfo> infos = answers.found();
        if (targets == null) {
            targets = infos; // The first check of a connection asks for all streams.
        }
        List<FollowedStream> checked = streams.followed().stream()
                .filter(stream -> batch.from().containsKey(stream.key()) && infos.containsKey(stream.key()))
                .toList();
        Set<String> unfinished = new HashSet<>();
        for (FollowedStream stream : checked) {
            StreamTail tail = stream.tail();
            StreamInfo info = infoOf(tail, infos);
            stream.found(info.last());
            report(tail, tail.before(info));
            if (!tail.position().equals(batch.from().get(tail.key()))) {
                unfinished.add(tail.key()); // It moved back, and the read began at its old position.
            }
        }
        handOn(batch, unfinished);
        for (FollowedStream stream : checked) {
            StreamTail tail = stream.tail();
            if (!unfinished.contains(tail.key())) {
                StreamInfo info = infoOf(tail, infos);
                report(tail, tail.after(info, batch.countAfter(info.last(), tail.key())));
            }
        }
        publishPositions();
    }

    private static StreamInfo infoOf(StreamTail tail, Map<String, StreamInfo> infos) {
        return Objects.requireNonNull(infos.get(tail.key()));
    }

    private void take(StreamBatch batch) {
        handOn(batch, new HashSet<>());
        publishPositions();
    }

    private void publishPositions() {
        if (streams.publish()) {
            ingest.progressed();
        }
    }

    /** Hands on the entries of a batch, and adds the streams that may have more to {@code unfinished}. */
    private void handOn(StreamBatch batch, Set<String> unfinished) {
        long nowNs = nanoClock.getAsLong();
        for (StreamEntry entry : batch.probes()) {
            probePosition = entry.id();
            probe.returned(entry.json(), nowNs);
        }
        List<StreamEntry> entries = batch.inOrder();
        for (StreamEntry entry : entries) {
            FollowedStream stream = streams.get(entry.stream());
            if (stream != null && stream.isFollowed() && !unfinished.contains(entry.stream())) {
                handOn(entry);
                stream.tail().read(entry.id());
            }
        }
        if (entries.size() < batch.entries().size()) {
            unfinished.addAll(streams.keys());
        }
        unfinished.addAll(batch.full());
        checkDue |= !unfinished.isEmpty();
        count = Math.min(MAX_COUNT, 2 * count);
    }

    private void handOn(StreamEntry entry) {
        handedOn++;
        if (!closed.getAsBoolean()) {
            ingest.accept(
                    entry.stream(), entry.stream(), entry.json(), entry.id().toString());
        }
    }

    private void report(StreamTail tail, long lost) {
        if (lost != StreamTail.NONE) {
            ingest.gap(tail.key(), lost);
        }
    }
}

package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.AnswerFilter;
import dev.hibiki.gateway.redis.RedisFailure;
import dev.hibiki.gateway.redis.RedisProbe;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
    /** Far less than the time-out of commands, so that an answer which comes late is a failure. */
    private static final long BLOCK_MS = 1_000;

    static final long CHECK_INTERVAL_S = 5;
    private static final CompletionStage<Optional<Throwable>> NOT_REFUSED =
            CompletableFuture.completedFuture(Optional.empty());
    private static final int MAX_UNEXPLAINED = 10;
    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(CHECK_INTERVAL_S);
    /** A busy machine may always be late. Then gaps may be told late, too. */
    private static final long LATE_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    /** Clients may ask for any number of entries that do not exist. */
    private static final long QUESTION_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    /** The most entries of each stream in one answer, while no stream has more. */
    static final int COUNT = 16;
    /** The same while streams have more, as far as answers are small and fast. */
    static final int MAX_COUNT = 100;
    /** Values up to here are read even if no event may be so large: to leave one out costs more than to reject it. */
    private static final int MIN_VALUE_BYTES = 256 << 10;

    private final FollowedStreams streams;
    private final StreamReplay.Limits limits;
    private final EntryDelivery delivery;
    private final LongSupplier nanoClock;
    private final RedisProbe probe;
    private final int maxValueBytes;
    private final StreamCommands.Source source;
    /** Loads that an earlier connection has begun. */
    private final ConcurrentMap<String, StreamReplay> loading = new ConcurrentHashMap<>();

    private @Nullable StreamCommands commands;
    /** How often Redis has refused a read in turn, and then no key of it: somebody changes the key. */
    private int unexplained;

    private int count = COUNT;
    /** The most entries that one question of a load asks for. */
    private int loadCount = MAX_COUNT;

    private boolean checkDue;
    /** The time of the last check of all streams. */
    private long checkedNs;
    /** The time of the last check of any. */
    private long questionedNs;
    /** When a batch was read again for the last time, since it was late. */
    private long lateNs;
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
        this.delivery = new EntryDelivery(streams, context, probe, closed);
        this.nanoClock = context.nanoClock();
        this.lateNs = nanoClock.getAsLong() - LATE_INTERVAL_NS;
        this.probe = probe;
        this.maxValueBytes = Math.max(MIN_VALUE_BYTES, context.ingest().maxEventBytes());
        this.source =
                new StreamCommands.Source(probe.name(), maxValueBytes, new UnreadableEntries(nanoClock), nanoClock);
    }

    /** Returns the filter for a new connection. Thread-safe. */
    AnswerFilter newFilter() {
        return new AnswerFilter(maxValueBytes, nanoClock);
    }

    void connected(BaseRedisAsyncCommands<byte[], byte[]> fresh) {
        commands = new StreamCommands(fresh, source);
        targets = null;
        checkDue = true;
        delivery.connected();
    }

    /** Makes the next connection begin anew: it may be one to another Redis. */
    void disconnected() {
        commands = null;
        // Perhaps Redis ends connections with large answers (client-output-buffer-limit).
        count = Math.max(1, count / 4);
        loadCount = Math.max(1, loadCount / 4);
        loading.clear();
        source.unreadable().forgetAll();
    }

    /**
     * Called before a connection that has given up is renewed. The next one asks for less: the entry is found only among those
     * that come before an answer is too large, and of many such entries each answer may only tell the first.
     */
    void renewed() {
        count = Math.max(1, count / 4);
    }

    /** Returns true when the connection brings nothing any more because of an entry. The next one reads on without it. */
    boolean hasGivenUp() {
        return connection().gaveUp().isDone();
    }

    /** Returns the number of entries handed on so far. */
    long handedOn() {
        return delivery.count();
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
        @Nullable CompletionStage<Runnable> answer = ask(to);
        return answer == null ? null : answer.applyToEither(to.gaveUp(), task -> task);
    }

    private @Nullable CompletionStage<Runnable> ask(StreamCommands to) {
        List<String> toLoad = streams.toLoad();
        if (!toLoad.isEmpty()) {
            return StreamLoad.of(to, toLoad, loading, limits, loadCount).thenApply(load -> () -> begin(load));
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
        Map<String, StreamId> from = delivery.positions();
        if (from.isEmpty()) {
            return null;
        }
        // 0 would be for ever.
        long blockMs = questioned.isEmpty() ? BLOCK_MS : TimeUnit.NANOSECONDS.toMillis(waitNs) + 1;
        return withoutRefused(to, to.read(blockMs, count, from).thenApply(batch -> () -> take(batch)));
    }

    /** Asks for the state of these streams, and reads all. */
    private CompletionStage<Runnable> check(StreamCommands to, Collection<FollowedStream> asked) {
        asked.forEach(FollowedStream::beginCheck);
        Map<String, StreamId> from = delivery.positions();
        List<String> keys = asked.stream()
                .map(FollowedStream::key)
                .filter(key -> !from.containsKey(key) || to.unreadable().canAskInfo(key))
                .toList();
        Set<String> toLoad = streams.notLoaded();
        CompletionStage<KeyAnswers<StreamInfo>> infos = KeyAnswers.ask(
                keys, key -> from.containsKey(key) ? to.info(key) : to.tryToRead(key, toLoad.contains(key)));
        CompletionStage<StreamBatch> read =
                from.isEmpty() ? CompletableFuture.completedFuture(StreamBatch.EMPTY) : to.read(0, count, from);
        return withoutRefused(to, infos.thenCombine(read, (known, batch) -> () -> settle(known, batch)));
    }

    /** When Redis has refused a read, finds out for which key: its error does not tell. */
    private CompletionStage<Runnable> withoutRefused(StreamCommands to, CompletionStage<Runnable> answer) {
        List<String> keys = streams.keys();
        Set<String> toLoad = streams.notLoaded();
        boolean probing = probe.isListening();
        return answer.exceptionallyCompose(failure -> KeyAnswers.isRefusal(failure)
                ? KeyAnswers.ask(keys, key -> to.tryToRead(key, toLoad.contains(key)))
                        .thenCombine(probing ? refusalOfProbes(to) : NOT_REFUSED, (answers, ofProbes) -> () -> {
                            checkDue = true;
                            onRefused(failure, streams.update(answers), ofProbes.orElse(null));
                        })
                : CompletableFuture.failedFuture(failure));
    }

    private static CompletionStage<Optional<Throwable>> refusalOfProbes(StreamCommands to) {
        return to.readProbes().handle((done, failure) -> Optional.ofNullable(failure));
    }

    private void onRefused(Throwable failure, boolean keysChanged, @Nullable Throwable ofProbes) {
        if (ofProbes != null) {
            probe.onRefused(ofProbes);
        } else if (!keysChanged && ++unexplained > MAX_UNEXPLAINED) {
            throw new IllegalStateException(RedisFailure.reason(failure));
        }
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

    private void begin(StreamLoad load) {
        checkDue = true;
        loadCount = MAX_COUNT;
        loading.clear();
        streams.update(load.answers());
        delivery.begin(load);
    }

    private void settle(KeyAnswers<StreamInfo> answers, StreamBatch batch) {
        unexplained = 0;
        checkDue |= streams.update(answers);
        if (targets == null) {
            targets = answers.found(); // The first check of a connection asks for all streams.
        }
        checkDue |= delivery.settle(answers.found(), batch, source.unreadable()::forget);
        count = batch.next();
    }

    private void take(StreamBatch batch) {
        unexplained = 0;
        long nowNs = nanoClock.getAsLong();
        if (batch.isLate() && nowNs - lateNs >= LATE_INTERVAL_NS) {
            // Entries may have been deleted meanwhile: a check reads these again, and tells where a gap belongs.
            lateNs = nowNs;
            checkDue = true;
        } else {
            checkDue |= delivery.handOn(batch);
            count = batch.next();
        }
    }
}

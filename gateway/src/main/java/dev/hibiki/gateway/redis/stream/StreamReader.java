package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.redis.RedisFailure;
import dev.hibiki.gateway.redis.RedisProbe;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.async.RedisStreamAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Redis for the entries of streams, and hands them on. Confined to the thread of the feed, except the stages between
 * question and answer.
 *
 * <p>Normally it sends one XREAD after another, and each waits a while for entries. At other times it sends XINFO STREAM, and
 * behind it an XREAD that does not wait: on every new connection, while a stream may have more entries than one answer
 * holds, and every few seconds. XINFO STREAM tells whether entries are lost, and when a new connection has caught up.
 */
final class StreamReader {
    private static final Logger log = LoggerFactory.getLogger(StreamReader.class);
    /** Far less than the time-out of commands, so that an answer which comes late is a failure. */
    private static final long BLOCK_MS = 1_000;

    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);
    /** The most entries of each stream in one answer. Few enough that large events arrive within the time-out. */
    private static final int MAX_COUNT = 100;

    private final Map<String, StreamTail> tails = new LinkedHashMap<>();
    private final StreamSettings settings;
    private final long replayBytes;
    private final Ingest ingest;
    private final LongSupplier nanoClock;
    private final RedisProbe probe;
    private final BooleanSupplier closed;

    private @Nullable RedisStreamAsyncCommands<byte[], byte[]> commands;
    private boolean loaded;
    private int count = MAX_COUNT;
    private long handedOn;
    /** The last probe that was read. Zero on each new connection: the ids of another Redis may be smaller. */
    private StreamId probePosition = StreamId.ZERO;

    private boolean checkDue;
    private long checkedNs;
    /** The state of the streams when this connection was new; null until that is known. */
    private @Nullable Map<String, StreamInfo> targets;

    /** @param closed when true nothing is handed on any more */
    StreamReader(
            List<String> keys,
            StreamSettings settings,
            SourceContext context,
            RedisProbe probe,
            BooleanSupplier closed) {
        keys.forEach(key -> tails.put(key, new StreamTail(key)));
        this.settings = settings;
        this.replayBytes = Math.min(settings.replayBytes(), context.logBytes());
        this.ingest = context.ingest();
        this.nanoClock = context.nanoClock();
        this.probe = probe;
        this.closed = closed;
    }

    void connected(RedisStreamAsyncCommands<byte[], byte[]> fresh) {
        commands = fresh;
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
        Map<String, StreamInfo> wanted = targets;
        return wanted != null
                && tails.values().stream()
                        .noneMatch(tail -> known(wanted, tail).last().isAfter(tail.position()));
    }

    private static StreamInfo known(Map<String, StreamInfo> infos, StreamTail tail) {
        return infos.getOrDefault(tail.key(), StreamInfo.ABSENT);
    }

    /** Asks the next question; completes with the task that handles the answer, for the thread of the feed. */
    CompletionStage<Runnable> ask() {
        RedisStreamAsyncCommands<byte[], byte[]> to = connection();
        if (!loaded) {
            return replay(to);
        }
        if (!checkDue && nanoClock.getAsLong() - checkedNs < CHECK_INTERVAL_NS) {
            return read(to, XReadArgs.Builder.block(BLOCK_MS)).thenApply(batch -> () -> take(batch, new HashSet<>()));
        }
        checkDue = false;
        checkedNs = nanoClock.getAsLong();
        // One connection answers in the order of the commands.
        CompletionStage<Map<String, StreamInfo>> infos = infos(to);
        CompletionStage<StreamBatch> read = read(to, new XReadArgs());
        return infos.thenCombine(read, (known, batch) -> () -> settle(known, batch));
    }

    private CompletionStage<StreamBatch> read(RedisStreamAsyncCommands<byte[], byte[]> to, XReadArgs how) {
        int asked = count;
        Map<String, StreamId> from = new LinkedHashMap<>();
        tails.values().forEach(tail -> from.put(tail.key(), tail.position()));
        if (probe.isListening()) {
            from.put(probe.name(), probePosition);
        }
        return to.xread(how.count(asked), offsets(from)).thenApply(messages -> batch(asked, from, messages));
    }

    private StreamBatch batch(int asked, Map<String, StreamId> from, List<StreamMessage<byte[], byte[]>> messages) {
        List<StreamEntry> events = new ArrayList<>(messages.size());
        List<StreamEntry> probes = new ArrayList<>();
        for (StreamMessage<byte[], byte[]> message : messages) {
            StreamEntry entry = StreamEntry.of(new String(message.getStream(), StandardCharsets.UTF_8), message);
            (entry.stream().equals(probe.name()) ? probes : events).add(entry);
        }
        return new StreamBatch(asked, from, events, probes);
    }

    /** Completes when reads may ask for probes too; fails when Redis refuses that. */
    CompletionStage<?> askForProbes() {
        return connection().xread(new XReadArgs(), offsets(Map.of(probe.name(), StreamId.ZERO)));
    }

    private RedisStreamAsyncCommands<byte[], byte[]> connection() {
        RedisStreamAsyncCommands<byte[], byte[]> to = commands;
        if (to == null) {
            throw new IllegalStateException("not connected");
        }
        return to;
    }

    @SuppressWarnings("unchecked")
    private static StreamOffset<byte[]>[] offsets(Map<String, StreamId> from) {
        return from.entrySet().stream()
                .map(entry -> StreamOffset.from(
                        bytes(entry.getKey()), entry.getValue().toString()))
                .toArray(StreamOffset[]::new);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    private CompletionStage<Map<String, StreamInfo>> infos(RedisStreamAsyncCommands<byte[], byte[]> to) {
        return all(
                tails.keySet(),
                key -> to.xinfoStream(bytes(key)).handle((answer, failure) -> {
                    if (failure == null) {
                        return StreamInfo.of(answer);
                    }
                    String reason = RedisFailure.reason(failure);
                    if (failure instanceof RedisCommandExecutionException && reason.startsWith("ERR no such key")) {
                        return StreamInfo.ABSENT;
                    }
                    // Without the cause: its message does not name the key.
                    throw new IllegalStateException('"' + key + "\" cannot be read as a stream: " + reason);
                }));
    }

    private static <T> CompletionStage<Map<String, T>> all(
            Iterable<String> keys, Function<String, CompletionStage<T>> question) {
        List<CompletableFuture<?>> answers = new ArrayList<>();
        Map<String, CompletableFuture<T>> byKey = new LinkedHashMap<>();
        for (String key : keys) {
            CompletableFuture<T> answer = question.apply(key).toCompletableFuture();
            answers.add(answer);
            byKey.put(key, answer);
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> {
                    Map<String, T> results = new LinkedHashMap<>();
                    byKey.forEach((key, answer) -> results.put(key, answer.join()));
                    return results;
                });
    }

    private CompletionStage<Runnable> replay(RedisStreamAsyncCommands<byte[], byte[]> to) {
        long oldestMs = Math.max(0, System.currentTimeMillis() - settings.replayAgeMs());
        int pageEntries = count;
        return infos(to)
                .thenCompose(infos -> all(
                                infos.keySet(),
                                key -> new StreamReplay(to, key, replayBytes, oldestMs, pageEntries)
                                        .loadUpTo(infos.getOrDefault(key, StreamInfo.ABSENT)
                                                .last()))
                        .thenApply(entries -> () -> begin(infos, entries)));
    }

    private void begin(Map<String, StreamInfo> infos, Map<String, List<StreamEntry>> replays) {
        List<StreamEntry> entries = replays.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparing(StreamEntry::id))
                .toList();
        loaded = true;
        tails.values().forEach(tail -> tail.beginAt(known(infos, tail)));
        entries.forEach(this::handOn);
        log.info("Loaded {} entries of {} streams", entries.size(), tails.size());
    }

    private void settle(Map<String, StreamInfo> infos, StreamBatch batch) {
        if (targets == null) {
            targets = infos;
        }
        Set<String> unfinished = new HashSet<>();
        for (StreamTail tail : tails.values()) {
            report(tail, tail.before(known(infos, tail)));
            if (!tail.position().equals(batch.from().get(tail.key()))) {
                unfinished.add(tail.key()); // It moved back, and the read began at its old position.
            }
        }
        take(batch, unfinished);
        for (StreamTail tail : tails.values()) {
            if (!unfinished.contains(tail.key())) {
                StreamInfo info = known(infos, tail);
                report(tail, tail.after(info, batch.countAfter(info.last(), tail.key())));
            }
        }
    }

    /** Hands on the entries of a batch, and adds the streams that may have more to {@code unfinished}. */
    private void take(StreamBatch batch, Set<String> unfinished) {
        long nowNs = nanoClock.getAsLong();
        for (StreamEntry entry : batch.probes()) {
            probePosition = entry.id();
            probe.returned(entry.json(), nowNs);
        }
        List<StreamEntry> entries = batch.inOrder();
        for (StreamEntry entry : entries) {
            StreamTail tail = tails.get(entry.stream());
            if (tail != null && !unfinished.contains(entry.stream())) {
                handOn(entry);
                tail.read(entry.id());
            }
        }
        if (entries.size() < batch.entries().size()) {
            unfinished.addAll(tails.keySet());
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

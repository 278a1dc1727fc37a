package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.AnswerFilter;
import dev.hibiki.gateway.redis.RedisFailure;
import dev.hibiki.gateway.redis.stream.StreamAnswer.Items;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.api.async.BaseRedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The questions that a {@link StreamReader} asks over one connection. The connection answers in the order of the questions.
 * When its {@link AnswerFilter} gives up, that is noted in {@link UnreadableEntries}, and no question is answered any more.
 * Thread-safe.
 */
final class StreamCommands {
    /** The most bytes of an answer that are kept. */
    private static final long MAX_ANSWER_BYTES = 8L << 20;

    private static final double AIM_BYTES = 2 << 20;
    private static final double AIM_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final BaseRedisAsyncCommands<byte[], byte[]> redis;
    private final Source source;
    private final CompletableFuture<Runnable> gaveUp = new CompletableFuture<>();

    /**
     * What does not change from connection to connection.
     *
     * @param probes the key of the stream of probes
     * @param maxValueBytes the most bytes of an entry that are kept
     * @param nanoClock as {@link System#nanoTime}
     */
    record Source(String probes, int maxValueBytes, UnreadableEntries unreadable, LongSupplier nanoClock) {}

    StreamCommands(BaseRedisAsyncCommands<byte[], byte[]> redis, Source source) {
        this.redis = redis;
        this.source = source;
    }

    UnreadableEntries unreadable() {
        return source.unreadable();
    }

    /** Completes, with nothing to do, when the connection brings nothing any more, since an entry cannot be read. */
    CompletableFuture<Runnable> gaveUp() {
        return gaveUp;
    }

    /** XINFO STREAM. */
    CompletionStage<StreamInfo> info(String key) {
        StreamInfo known = unreadable().takeInfo(key);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CommandArgs<byte[], byte[]> args = args().add("STREAM").addKey(bytes(key));
        return ask(
                        CommandType.XINFO,
                        args,
                        Long.MAX_VALUE,
                        (partial, why) -> unreadable().gaveUpInfo(key, partial))
                .handle((answer, failure) -> {
                    if (failure == null) {
                        return StreamInfo.of(answer.top().kept());
                    }
                    if (failure instanceof RedisCommandExecutionException
                            && RedisFailure.reason(failure).startsWith("ERR no such key")) {
                        return StreamInfo.ABSENT;
                    }
                    throw new CompletionException(failure);
                });
    }

    /**
     * Fails when Redis would refuse the key in a {@link #read}.
     *
     * @param load whether it must not refuse it in a load either
     * @return the state of the stream; {@link StreamInfo#ABSENT} also where it should not be asked now
     */
    CompletionStage<StreamInfo> tryToRead(String key, boolean load) {
        CompletionStage<?> page =
                load ? page(key, "0-0", StreamId.ZERO, 1, partial -> {}) : CompletableFuture.completedFuture(null);
        CompletionStage<StreamInfo> info =
                unreadable().hasAskedInfo(key) ? CompletableFuture.completedFuture(StreamInfo.ABSENT) : info(key);
        CommandArgs<byte[], byte[]> args =
                args().add("STREAMS").addKey(bytes(key)).add("$");
        return ask(CommandType.XREAD, args, Long.MAX_VALUE, (partial, why) -> {})
                .thenCombine(page, (nothing, none) -> none)
                .thenCombine(info, (nothing, now) -> now);
    }

    /**
     * XREAD.
     *
     * @param blockMs how long to wait for an entry; 0 for not at all
     * @param count the most entries of each stream
     * @param from the keys, at least one, and the entry of each behind which the answer begins
     */
    CompletionStage<StreamBatch> read(long blockMs, int count, Map<String, StreamId> from) {
        UnreadableEntries.Plan plan = unreadable().plan(count, from);
        if (plan.from().isEmpty()) {
            return CompletableFuture.completedFuture(batch(plan, from, newAnswer(0)));
        }
        CommandArgs<byte[], byte[]> args = args().add("COUNT").add(plan.count());
        if (blockMs > 0 && plan.skipped().isEmpty()) {
            args.add("BLOCK").add(blockMs);
        }
        args.add("STREAMS");
        plan.from().keySet().forEach(key -> args.addKey(bytes(key)));
        plan.from().values().forEach(id -> args.add(id.toString()));
        // A single entry is read however large it may be.
        long maxBytes = plan.count() > 1 ? MAX_ANSWER_BYTES : Long.MAX_VALUE;
        return ask(CommandType.XREAD, args, maxBytes, unreadable()::gaveUpRead)
                .thenCompose(answer -> answer.isTruncated()
                        ? read(0, Math.max(1, plan.count() / 4), from)
                        : CompletableFuture.completedFuture(batch(plan, from, answer)));
    }

    /**
     * Chooses the next count so that an answer is neither large nor slow. It grows only while a stream has more: the next
     * entries may be much larger.
     */
    private static int nextCount(int count, StreamAnswer answer, boolean full) {
        double load = Math.max(answer.bytes() / AIM_BYTES, answer.durationNs() / AIM_NS);
        if (load > 1) {
            return Math.max(1, (int) (count / load));
        }
        if (full) {
            return load < 0.5 ? Math.min(StreamReader.MAX_COUNT, 2 * count) : count;
        }
        return count > StreamReader.COUNT
                ? Math.max(StreamReader.COUNT, count / 2)
                : Math.min(StreamReader.COUNT, 2 * count);
    }

    private StreamBatch batch(UnreadableEntries.Plan plan, Map<String, StreamId> from, StreamAnswer answer) {
        List<StreamEntry> events = new ArrayList<>();
        List<StreamEntry> found = new ArrayList<>();
        plan.skipped().forEach(entry -> (isProbe(entry) ? found : events).add(entry));
        boolean full = false;
        for (Object pair : answer.top().kept()) {
            Items stream = StreamAnswer.array(pair);
            String key = StreamAnswer.text(stream.kept().get(0));
            List<StreamEntry> entries =
                    entries(key, StreamAnswer.array(stream.kept().get(1)), tooLarge());
            entries.forEach(entry -> (isProbe(entry) ? found : events).add(entry));
            full |= entries.size() >= plan.count();
        }
        List<String> skipped = plan.skipped().stream()
                .filter(entry -> !isProbe(entry))
                .map(StreamEntry::stream)
                .toList();
        return new StreamBatch(plan.count(), nextCount(plan.count(), answer, full), from, events, found, skipped);
    }

    private boolean isProbe(StreamEntry entry) {
        return entry.stream().equals(source.probes());
    }

    /** Fails when Redis refuses to read probes. */
    CompletionStage<?> readProbes() {
        CommandArgs<byte[], byte[]> args =
                args().add("COUNT").add(1).add("STREAMS").addKey(bytes(source.probes()));
        return ask(CommandType.XREAD, args.add("0"), Long.MAX_VALUE, unreadable()::gaveUpRead);
    }

    /**
     * XREVRANGE.
     *
     * @param newest where the page begins, as Redis takes it
     * @param count the most entries of the page
     * @param partial takes the page when this connection gives up; then its last entry is the one that cannot be read
     */
    CompletionStage<Page> page(String key, String newest, StreamId oldest, int count, Consumer<Page> partial) {
        CommandArgs<byte[], byte[]> args = args().addKey(bytes(key)).add(newest).add(oldest.toString());
        return ask(
                        CommandType.XREVRANGE,
                        args.add("COUNT").add(count),
                        MAX_ANSWER_BYTES,
                        (answer, why) -> partial.accept(new Page(entries(key, answer.top(), why), true)))
                .thenApply(answer -> new Page(
                        entries(key, answer.top(), tooLarge()),
                        answer.isTruncated() || answer.top().kept().size() >= count));
    }

    /**
     * A part of a stream.
     *
     * @param entries the newest first
     * @param more whether there may be older ones
     */
    record Page(List<StreamEntry> entries, boolean more) {}

    private static List<StreamEntry> entries(String key, Items entries, String whyNot) {
        return entries.kept().stream()
                .map(StreamAnswer::array)
                .filter(entry -> !entry.kept().isEmpty()) // Else its id has not come.
                .map(entry -> StreamEntry.of(key, entry, whyNot))
                .toList();
    }

    private String tooLarge() {
        return "it is larger than " + source.maxValueBytes() + " bytes";
    }

    /** @param onGaveUp takes what has come, and why no more comes */
    private CompletionStage<StreamAnswer> ask(
            CommandType type,
            CommandArgs<byte[], byte[]> args,
            long maxBytes,
            BiConsumer<StreamAnswer, String> onGaveUp) {
        StreamAnswer answer = newAnswer(maxBytes);
        CompletableFuture<StreamAnswer> result = new CompletableFuture<>();
        redis.dispatch(type, answer, args).whenComplete((done, failure) -> {
            if (failure instanceof AnswerFilter.GaveUpException) {
                onGaveUp.accept(answer, String.valueOf(failure.getMessage()));
                gaveUp.complete(() -> {}); // And the result never.
            } else if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                result.complete(answer);
            }
        });
        return result;
    }

    private StreamAnswer newAnswer(long maxBytes) {
        return new StreamAnswer(source.maxValueBytes(), maxBytes, source.nanoClock());
    }

    private static CommandArgs<byte[], byte[]> args() {
        return new CommandArgs<>(ByteArrayCodec.INSTANCE);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}

package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.RedisFailure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Loads the ends of several streams up to one moment. Each {@link StreamReplay} ends at a moment of its own. So after these, an
 * XREAD that does not wait reads what all the streams have got since: Redis answers it at one moment. While an answer is full it
 * is followed by another. Else entries of one stream would come after newer ones of another stream, and on each gateway in
 * another order.
 *
 * <p>Used for one load, whose steps follow each other. Its results do not change any more when it is complete.
 */
final class StreamLoad {
    /** Reads are faster than publishers. If they are not, the streams are read on without an end to this load. */
    static final int MAX_READS = 100;

    private final StreamCommands commands;
    private final Map<String, StreamReplay> replays;
    private final Map<String, String> refused;
    private final List<StreamEntry> newer = new ArrayList<>();
    /** Where the next read begins. */
    private final Map<String, StreamId> ends = new LinkedHashMap<>();

    private int next = 1;

    private StreamLoad(StreamCommands commands, KeyAnswers<StreamReplay> answers) {
        this.commands = commands;
        this.replays = new LinkedHashMap<>(answers.found());
        this.refused = new LinkedHashMap<>(answers.refused());
        replays.forEach((key, replay) -> ends.put(key, replay.info().last()));
    }

    /**
     * Loads. Fails when Redis fails for another reason than a key.
     *
     * @param begun what an earlier connection has loaded; takes what this one loads, from any thread
     * @param count the most entries of each stream to ask for at a time
     */
    static CompletionStage<StreamLoad> of(
            StreamCommands commands,
            List<String> keys,
            ConcurrentMap<String, StreamReplay> begun,
            StreamReplay.Limits limits,
            int count) {
        return KeyAnswers.ask(keys, key -> {
                    StreamReplay replay = begun.get(key);
                    CompletionStage<StreamReplay> prepared = replay != null
                            ? CompletableFuture.completedFuture(replay)
                            : commands.info(key).thenApply(info -> new StreamReplay(key, info, limits));
                    return prepared.thenCompose(now -> {
                        begun.put(key, now);
                        return now.load(commands, count);
                    });
                })
                .thenCompose(answers -> new StreamLoad(commands, answers).readOn(count, MAX_READS));
    }

    private CompletionStage<StreamLoad> readOn(int count, int reads) {
        if (reads == 0 || ends.isEmpty()) {
            return CompletableFuture.completedFuture(this);
        }
        next = count;
        return commands.read(0, count, Map.copyOf(ends))
                .thenApply(batch -> {
                    next = batch.next();
                    return add(batch);
                })
                .exceptionallyCompose(failure -> KeyAnswers.isRefusal(failure)
                        ? leaveOutRefused(failure)
                        : CompletableFuture.failedFuture(failure))
                .thenCompose(more -> more ? readOn(next, reads - 1) : CompletableFuture.completedFuture(this));
    }

    /** Returns true when a stream may have more entries. */
    private boolean add(StreamBatch batch) {
        // Without those that are newer than the end of a full stream: so all have come equally far if the load ends
        // here.
        List<StreamEntry> taken = batch.inOrder();
        newer.addAll(taken);
        taken.forEach(entry -> ends.put(entry.stream(), entry.id()));
        return !batch.full().isEmpty();
    }

    /** Finds out for which keys Redis has refused the read, and forgets what was loaded of them. Then the others are read. */
    private CompletionStage<Boolean> leaveOutRefused(Throwable failure) {
        return KeyAnswers.ask(List.copyOf(ends.keySet()), key -> commands.tryToRead(key, true))
                .thenApply(answers -> {
                    if (answers.refused().isEmpty()) {
                        throw new IllegalStateException(RedisFailure.reason(failure));
                    }
                    refused.putAll(answers.refused());
                    ends.keySet().removeAll(refused.keySet());
                    replays.keySet().removeAll(refused.keySet());
                    newer.removeIf(entry -> refused.containsKey(entry.stream()));
                    return true;
                });
    }

    /** Returns which keys are loaded, and which ones Redis refuses. */
    KeyAnswers<StreamReplay> answers() {
        return new KeyAnswers<>(replays, refused);
    }

    /** Returns the loads of those streams that Redis does not refuse. */
    Collection<StreamReplay> replays() {
        return replays.values();
    }

    /** Returns the entries that came after the state in {@link StreamReplay#info}; those of a stream are in its order. */
    List<StreamEntry> newer() {
        return newer;
    }

    /**
     * Takes what was found, in the order of publication.
     *
     * @param begins told of the key of a stream that has had older entries, before the first entry that is not one of these
     */
    void inOrder(Consumer<StreamEntry> entries, Consumer<String> begins) {
        List<StreamReplay> partial = new ArrayList<>(
                replays().stream().filter(StreamReplay::isPartial).toList());
        Stream.concat(replays().stream().flatMap(replay -> replay.entries().stream()), newer.stream())
                .sorted(StreamEntry.ORDER)
                .forEach(entry -> {
                    take(partial, replay -> !replay.missingUpTo().isAfter(entry.id()), begins);
                    entries.accept(entry);
                });
        take(partial, replay -> true, begins);
    }

    private static void take(List<StreamReplay> partial, Predicate<StreamReplay> which, Consumer<String> begins) {
        partial.stream().filter(which).map(StreamReplay::key).forEach(begins);
        partial.removeIf(which);
    }
}

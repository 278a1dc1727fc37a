package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.redis.RedisFailure;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.StreamMessage;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.XReadArgs.StreamOffset;
import io.lettuce.core.api.async.RedisStreamAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/**
 * The questions that a {@link StreamReader} asks over one connection. The connection answers in the order of the questions.
 * Immutable.
 *
 * @param probes the key of the stream of probes
 */
record StreamCommands(RedisStreamAsyncCommands<byte[], byte[]> redis, String probes) {
    /** XINFO STREAM. */
    CompletionStage<StreamInfo> info(String key) {
        return redis.xinfoStream(bytes(key)).handle((answer, failure) -> {
            if (failure == null) {
                return StreamInfo.of(answer);
            }
            if (failure instanceof RedisCommandExecutionException
                    && RedisFailure.reason(failure).startsWith("ERR no such key")) {
                return StreamInfo.ABSENT;
            }
            throw new CompletionException(failure);
        });
    }

    /** Fails when Redis would refuse the key in a {@link #read}. */
    CompletionStage<StreamInfo> tryToRead(String key) {
        CompletionStage<StreamInfo> info = info(key);
        return redis.xread(new XReadArgs(), latest(key)).thenCombine(info, (nothing, now) -> now);
    }

    /**
     * XREAD.
     *
     * @param count the most entries of each stream
     * @param from the keys, at least one, and the entry of each behind which the answer begins
     */
    CompletionStage<StreamBatch> read(XReadArgs how, int count, Map<String, StreamId> from) {
        return redis.xread(how.count(count), offsets(from)).thenApply(messages -> batch(count, from, messages));
    }

    private StreamBatch batch(int asked, Map<String, StreamId> from, List<StreamMessage<byte[], byte[]>> messages) {
        List<StreamEntry> events = new ArrayList<>(messages.size());
        List<StreamEntry> found = new ArrayList<>();
        for (StreamMessage<byte[], byte[]> message : messages) {
            StreamEntry entry = StreamEntry.of(new String(message.getStream(), StandardCharsets.UTF_8), message);
            (entry.stream().equals(probes) ? found : events).add(entry);
        }
        return new StreamBatch(asked, from, events, found);
    }

    /** Fails when Redis refuses to read probes. */
    CompletionStage<?> readProbes() {
        return redis.xread(new XReadArgs(), offsets(Map.of(probes, StreamId.ZERO)));
    }

    /** Loads the end of a stream. */
    CompletionStage<StreamReplay> replay(String key, StreamReplay.Limits limits, int pageEntries) {
        return info(key).thenCompose(info -> new StreamReplay(redis, key, info, limits, pageEntries).load());
    }

    @SuppressWarnings("unchecked")
    private static StreamOffset<byte[]>[] offsets(Map<String, StreamId> from) {
        return from.entrySet().stream()
                .map(entry -> StreamOffset.from(
                        bytes(entry.getKey()), entry.getValue().toString()))
                .toArray(StreamOffset[]::new);
    }

    @SuppressWarnings("unchecked")
    private static StreamOffset<byte[]>[] latest(String key) {
        return Stream.of(StreamOffset.latest(bytes(key))).toArray(StreamOffset[]::new);
    }

    private static byte[] bytes(String key) {
        return key.getBytes(StandardCharsets.UTF_8);
    }
}

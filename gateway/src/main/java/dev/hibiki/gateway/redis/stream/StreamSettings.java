package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import dev.hibiki.gateway.options.Values;
import java.util.List;

/**
 * How streams are read and written, checked. Immutable.
 *
 * @param replayBytes how much of each stream is loaded at the start
 * @param replayAgeMs the greatest age of an entry that is loaded at the start, counted back from the last id of its stream
 * @param maxLength about how many entries a stream keeps when events are published over HTTP
 */
public record StreamSettings(long replayBytes, int replayAgeMs, long maxLength) {
    private static final long MAX_REPLAY_BYTES = 64L << 30;

    private static final Option REPLAY_BYTES = Option.of(
            OptionGroup.REDIS,
            "REPLAY_BYTES",
            "BYTES",
            "4m",
            "How many bytes of each stream are loaded at the start, but never more than --log-bytes.");
    private static final Option REPLAY_AGE_MS = Option.of(
            OptionGroup.REDIS,
            "REPLAY_AGE_MS",
            "MILLISECONDS",
            "3600000",
            "Entries that are older than this are not loaded at the start. The age is the difference of the id to the last id"
                    + " of the stream.");
    private static final Option STREAM_MAX_LENGTH = Option.of(
            OptionGroup.REDIS,
            "STREAM_MAX_LENGTH",
            "ENTRIES",
            "10000",
            "About how many entries of a stream are kept when the gateway adds events that were published over HTTP.");

    static final List<Option> OPTIONS = List.of(REPLAY_BYTES, REPLAY_AGE_MS, STREAM_MAX_LENGTH);

    static StreamSettings read(Values values) throws ConfigException {
        return new StreamSettings(
                values.bytes(REPLAY_BYTES, 0, MAX_REPLAY_BYTES),
                values.integer(REPLAY_AGE_MS, 0, Integer.MAX_VALUE),
                values.integer(STREAM_MAX_LENGTH, 1, Integer.MAX_VALUE));
    }
}

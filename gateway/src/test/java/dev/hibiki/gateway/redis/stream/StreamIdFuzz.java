package dev.hibiki.gateway.redis.stream;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/**
 * Fuzz target: two ids of entries, each on a line. An id is refused with a NumberFormatException, or is the same when its
 * text is parsed again; ids have the order of their numbers. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class StreamIdFuzz {
    private StreamIdFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String[] lines = new String(input, StandardCharsets.UTF_8).split("\n", -1);
        StreamId first;
        StreamId second;
        try {
            first = StreamId.parse(lines[0]);
            second = StreamId.parse(lines[lines.length - 1]);
        } catch (NumberFormatException e) {
            return;
        }
        require(StreamId.parse(first.toString()).equals(first), "the same again");
        require(Integer.signum(first.compareTo(second)) == number(first).compareTo(number(second)), "the order");
        require(first.isAfter(second) == number(first).compareTo(number(second)) > 0, "after");
        require(!StreamId.ZERO.isAfter(first), "nothing is before zero");
    }

    private static BigInteger number(StreamId id) {
        String[] parts = id.toString().split("-", -1);
        return new BigInteger(parts[0]).shiftLeft(Long.SIZE).add(new BigInteger(parts[1]));
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}

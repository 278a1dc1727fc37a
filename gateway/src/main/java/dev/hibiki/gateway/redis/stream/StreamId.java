package dev.hibiki.gateway.redis.stream;

import org.jspecify.annotations.Nullable;

/** The id of a stream's entry: a time in milliseconds and a number within that millisecond. Both are unsigned. */
record StreamId(long ms, long sequence) implements Comparable<StreamId> {
    /** Before every entry. */
    static final StreamId ZERO = new StreamId(0, 0);

    /** @throws NumberFormatException when the text is not of the form {@code 1732459-0} */
    static StreamId parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            throw new NumberFormatException("\"" + text + "\" is not the id of an entry");
        }
        return new StreamId(
                Long.parseUnsignedLong(text.substring(0, dash)), Long.parseUnsignedLong(text.substring(dash + 1)));
    }

    /** Returns the id whose {@link #toString} is exactly this text; null when there is none. */
    static @Nullable StreamId exactly(String text) {
        try {
            StreamId id = parse(text);
            return id.toString().equals(text) ? id : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    @Override
    public int compareTo(StreamId other) {
        int byTime = Long.compareUnsigned(ms, other.ms);
        return byTime != 0 ? byTime : Long.compareUnsigned(sequence, other.sequence);
    }

    boolean isAfter(StreamId other) {
        return compareTo(other) > 0;
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(ms) + '-' + Long.toUnsignedString(sequence);
    }
}

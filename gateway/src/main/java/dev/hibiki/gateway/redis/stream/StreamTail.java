package dev.hibiki.gateway.redis.stream;

/**
 * How far one stream has been read, and what was lost on the way. Confined to the thread of its source.
 *
 * <p>From Redis 7 on a stream counts the entries ever added to it. So does this tail; wherever both stand at the same id
 * the difference is what was trimmed or deleted before it could be read. Older Redis only tells the oldest entry that is
 * left: when that lies behind the position, something may have been between.
 */
final class StreamTail {
    /** Nothing was lost. */
    static final long NONE = 0;
    /** Something was or may have been lost, but nobody knows how much. */
    static final long UNKNOWN = -1;

    private final String key;
    private StreamId position = StreamId.ZERO;
    /** How many entries were ever added up to the position; {@link StreamInfo#UNKNOWN} until Redis told it. */
    private long added = StreamInfo.UNKNOWN;

    StreamTail(String key) {
        this.key = key;
    }

    String key() {
        return key;
    }

    /** The last entry that was read, or that cannot be read any more. */
    StreamId position() {
        return position;
    }

    /** Begins behind all that the stream has had until now. */
    void beginAt(StreamInfo now) {
        position = now.last();
        added = now.added();
    }

    void read(StreamId id) {
        position = id;
        if (added != StreamInfo.UNKNOWN) {
            added++;
        }
    }

    /**
     * Compares with what the stream was before a read, and moves back when the stream did: it is not waited for until its
     * ids overtake those of another life.
     *
     * @return how many entries are lost between the position and the next entry
     */
    long before(StreamInfo info) {
        if (position.isAfter(info.last())) {
            position = info.last();
            added = info.added();
            return UNKNOWN;
        }
        if (!info.last().isAfter(position)
                || (info.first() != null && !info.first().isAfter(position))) {
            return NONE;
        }
        // Whatever is left lies behind the position, so what was added up to there is all that is not left.
        long lost;
        if (added != StreamInfo.UNKNOWN && info.added() != StreamInfo.UNKNOWN) {
            lost = countOr(info.added() - info.length() - added);
        } else {
            lost = info.maxDeleted() == null || info.maxDeleted().isAfter(position) ? UNKNOWN : NONE;
        }
        added = info.added() == StreamInfo.UNKNOWN ? StreamInfo.UNKNOWN : info.added() - info.length();
        return lost;
    }

    /**
     * Settles the account after a read that found the end of the stream.
     *
     * @param info what the stream was before the read
     * @param newer how many of the entries read are newer than that
     * @return how many entries are lost that were not reported before
     */
    long after(StreamInfo info, long newer) {
        if (info.last().isAfter(position)) {
            position = info.last();
        }
        if (info.added() == StreamInfo.UNKNOWN) {
            return NONE;
        }
        long now = info.added() + newer;
        long lost = added == StreamInfo.UNKNOWN ? NONE : countOr(now - added);
        added = now;
        return lost;
    }

    /** A count that went back is that of another life of the stream. */
    private static long countOr(long difference) {
        return difference >= 0 ? difference : UNKNOWN;
    }
}

package dev.hibiki.gateway.redis.stream;

/**
 * The position up to which one stream has been read, and the count of the entries lost on the way. Confined to the thread of
 * its feed.
 *
 * <p>From Redis 7 on, a stream counts the entries ever added to it, and so does this tail. When both counts are for the same
 * id, their difference is the number of entries that were trimmed or deleted before they could be read. An older Redis only
 * tells the oldest entry that is left. When that entry is newer than the position, entries between the two may be lost.
 */
final class StreamTail {
    /** No entry was lost. */
    static final long NONE = 0;
    /** Entries were or may have been lost, and their number is not known. */
    static final long UNKNOWN = -1;

    private final String key;
    private StreamId position = StreamId.ZERO;
    /** The number of entries ever added up to the position; {@link StreamInfo#UNKNOWN} until Redis told it. */
    private long added = StreamInfo.UNKNOWN;

    StreamTail(String key) {
        this.key = key;
    }

    String key() {
        return key;
    }

    /** Returns the last entry that was read, or that cannot be read any more. */
    StreamId position() {
        return position;
    }

    /** Begins behind all entries that the stream has had until now. */
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
     * Compares with the state of the stream before a read. When the stream was deleted and made again, and its ids are smaller now, moves
     * back to its end: otherwise nothing would be read until the ids have grown past the old ones.
     *
     * @return the number of entries lost between the position and the next entry
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
        // All entries that are left are behind the position, so those added up to there are those that are not left.
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
     * Compares the counts after a read that reached the end of the stream.
     *
     * @param info the state of the stream before the read
     * @param newer the number of entries read that are newer than that
     * @return the number of lost entries that were not reported before
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

    /** A count that went back belongs to a stream that was deleted and made again. */
    private static long countOr(long difference) {
        return difference >= 0 ? difference : UNKNOWN;
    }
}

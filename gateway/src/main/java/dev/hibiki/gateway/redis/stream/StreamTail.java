package dev.hibiki.gateway.redis.stream;

import java.util.List;

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

    /**
     * Entries that are lost.
     *
     * @param missed their number; {@link #NONE} or {@link #UNKNOWN}
     * @param upTo they were before the first entry that is newer than this
     */
    record Loss(long missed, StreamId upTo) {}

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
     * Moves back to the end of the stream when that is before the position: the stream was deleted and made again, and its ids
     * are smaller now. Otherwise nothing would be read until the ids have grown past the old ones.
     *
     * @return whether it has moved; then nobody knows what is lost
     */
    boolean movesBack(StreamInfo info) {
        if (!position.isAfter(info.last())) {
            return false;
        }
        position = info.last();
        added = info.added();
        return true;
    }

    /**
     * Finds out what is lost between the position and entries that were read behind it. All of it counts at one place: that of
     * the last entry that was deleted.
     *
     * @param info the state of the stream before the read
     * @param ids those of the entries
     * @param toEnd true when the stream has no more
     * @return what has not been found before; when its place is behind the entries, a later call finds it
     */
    Loss loss(StreamInfo info, List<StreamId> ids, boolean toEnd) {
        StreamId upTo = info.maxDeleted() != null && info.maxDeleted().isAfter(position) ? info.maxDeleted() : position;
        boolean reached = toEnd || ids.stream().anyMatch(id -> id.isAfter(upTo));
        boolean counted = added != StreamInfo.UNKNOWN && info.added() != StreamInfo.UNKNOWN;
        if (!reached || !info.last().isAfter(position)) {
            return new Loss(NONE, upTo);
        }
        if (info.first() == null || info.first().isAfter(position)) {
            // All entries that are left are behind the position: those added up to there are those that are not left.
            boolean deleted = info.maxDeleted() == null || !upTo.equals(position);
            long lost = counted ? countOr(info.added() - info.length() - added) : deleted ? UNKNOWN : NONE;
            added = info.added() == StreamInfo.UNKNOWN ? StreamInfo.UNKNOWN : info.added() - info.length();
            return new Loss(lost, upTo);
        }
        if (upTo.equals(position)) {
            return new Loss(NONE, upTo);
        }
        long newer = ids.stream().filter(id -> id.isAfter(info.last())).count();
        long lost = toEnd && counted ? countOr(info.added() + newer - added - ids.size()) : UNKNOWN;
        added = lost == UNKNOWN ? StreamInfo.UNKNOWN : added + lost;
        return new Loss(lost, upTo);
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

package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.Segment;
import org.jspecify.annotations.Nullable;

/**
 * Reads several logs as one, in the order of publication. Confined to the loop of the shard.
 *
 * <p>Every event up to the published sequence is in its logs. The caller reads that sequence before the heads of the logs,
 * so no event is sent before an older one. A notice stands in all topics of a channel, with one sequence. It is read from
 * one of them.
 */
final class Merge {
    private Merge() {}

    /** The cursor whose next frame is the oldest; null when there is none for now, or when a cursor is off its log. */
    static @Nullable Cursor oldest(Cursor cursors, long published, boolean readsNotices) {
        Cursor oldest = null;
        long oldestSequence = Long.MAX_VALUE;
        for (Cursor cursor = cursors; cursor != null; cursor = cursor.next) {
            cursor.topic.view.refresh();
            if (!readsNotices) {
                cursor.skipControls();
            }
            if (cursor.hasMore() && cursor.isOffTheLog()) {
                return null;
            }
            long sequence = nextSequence(cursor);
            if (sequence == oldestSequence && cursor.hasMore()) {
                cursor.skipFrame(cursor.topic.view.segmentAt(cursor.position).segment());
            } else if (sequence < oldestSequence) {
                oldest = cursor;
                oldestSequence = sequence;
            }
        }
        return oldestSequence > published ? null : oldest;
    }

    /** The end of the run that this cursor may read: before the first event of any other topic. */
    static long runEnd(Cursor oldest, Cursor cursors, long published, int maxBytes, boolean readsNotices) {
        long limit = published;
        for (Cursor cursor = cursors; cursor != null; cursor = cursor.next) {
            if (cursor != oldest) {
                limit = Math.min(limit, nextSequence(cursor) - 1);
            }
        }
        long boundary = oldest.runEnd(maxBytes, readsNotices);
        Segment segment = oldest.topic.view.segmentAt(oldest.position).segment();
        int frame = segment.frameAt(oldest.position);
        long end = segment.frameEnd(frame);
        while (end < boundary && segment.frameSequence(frame + 1) <= limit) {
            end = segment.frameEnd(++frame);
        }
        return end;
    }

    /** The sequence of the next frame; {@link Long#MAX_VALUE} when there is none, or when it is gone from the log. */
    static long nextSequence(Cursor cursor) {
        if (!cursor.hasMore() || cursor.isOffTheLog()) {
            return Long.MAX_VALUE;
        }
        Segment segment = cursor.topic.view.segmentAt(cursor.position).segment();
        return segment.frameSequence(segment.frameAt(cursor.position));
    }
}

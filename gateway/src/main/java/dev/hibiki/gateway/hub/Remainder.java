package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogView;
import dev.hibiki.gateway.hub.log.Segment;
import io.netty.util.collection.LongObjectHashMap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The frames that a cursor reads after an overrun under the policy {@code latest}: the newest frame of each key, and all
 * frames without a key, oldest first. Then comes the rest of the log. Confined to the loop of the shard.
 *
 * <p>The cursor always stands at the next of these frames, so it can overrun again.
 */
final class Remainder {
    final Cursor cursor;
    /** The position from which the cursor reads the whole log again. */
    private final long end;

    private long[] positions = new long[64];
    /** The number of positions left. The last one is the next to read, since they were added newest first. */
    private int next;

    private Remainder(Cursor cursor, long end) {
        this.cursor = cursor;
        this.end = end;
    }

    /** What the first of these cursors that has a remainder reads before the rest of its log; null except after an overrun. */
    static @Nullable Remainder firstOf(@Nullable Cursor cursors) {
        for (Cursor cursor = cursors; cursor != null; cursor = cursor.next) {
            Remainder remainder = cursor.topic.remainderOf(cursor);
            if (remainder != null) {
                return remainder;
            }
        }
        return null;
    }

    /** Chooses from the frames between the cursor and the head of its view. Moves the cursor to the first chosen one. */
    static Remainder of(Cursor cursor, boolean readsNotices) {
        LogView view = cursor.topic.view;
        Remainder remainder = new Remainder(cursor, view.head());
        LongObjectHashMap<Boolean> keys = new LongObjectHashMap<>();
        long from = cursor.position;
        for (long to = view.head(); to > from; ) {
            Segment segment = view.segmentAt(to - 1).segment();
            long start = Math.max(from, segment.frameStart(0));
            for (int frame = segment.frameAt(to) - 1; to > start; frame--) {
                to = segment.frameStart(frame);
                boolean control = segment.nextControl(to) == to;
                long key = segment.frameKey(frame);
                if (control ? readsNotices : key == 0 || keys.put(key, Boolean.TRUE) == null) {
                    remainder.add(to);
                }
            }
        }
        remainder.moveCursor();
        return remainder;
    }

    private void add(long position) {
        if (next == positions.length) {
            positions = Arrays.copyOf(positions, 2 * next);
        }
        positions[next++] = position;
    }

    /** How many chosen frames are left. */
    int size() {
        return next;
    }

    /** The end of the run of chosen frames at the cursor: in one segment, at most {@code maxBytes}, at least one frame. */
    long runEnd(int maxBytes) {
        Segment segment = cursor.topic.view.segmentAt(cursor.position).segment();
        int frame = segment.frameAt(cursor.position);
        long to = segment.frameEnd(frame);
        long boundary = cursor.topic.view.boundary(cursor.position, OlderEvents.limit(cursor, maxBytes));
        for (int i = next - 2; i >= 0 && positions[i] == to && to < boundary; i--) {
            to = segment.frameEnd(++frame);
        }
        return to;
    }

    /** Notes that the cursor has moved on. @return true when only the rest of the log is left */
    boolean advanced() {
        while (next > 0 && positions[next - 1] < cursor.position) {
            next--;
        }
        moveCursor();
        return next == 0;
    }

    private void moveCursor() {
        cursor.moveTo(next == 0 ? end : positions[next - 1]);
        cursor.frames = (int) cursor.topic.view.framesBefore(cursor.position);
    }
}

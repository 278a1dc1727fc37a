package dev.hibiki.gateway.hub;

import io.netty.util.collection.LongObjectHashMap;
import java.util.Arrays;

/**
 * What a cursor that has lagged still reads when only the newest event of each key counts: the positions of single
 * frames, oldest first, and behind them the rest of the log. Confined to the loop of the shard.
 *
 * <p>The cursor stands at the next of these positions all the time, so that it can lag again like any other.
 */
final class Remainder {
    final Cursor cursor;
    /** Where the log goes on. */
    private final long end;

    private long[] positions = new long[64];
    /** Filled and read from the back. */
    private int next;

    private Remainder(Cursor cursor, long end) {
        this.cursor = cursor;
        this.end = end;
    }

    /** Of all that the cursor's view holds after the cursor, which is moved to the first frame that is left. */
    static Remainder of(Cursor cursor, boolean readsNotices) {
        LogView view = cursor.topic.view;
        Remainder remainder = new Remainder(cursor, view.head());
        LongObjectHashMap<Boolean> keys = new LongObjectHashMap<>();
        long from = cursor.position;
        for (long to = view.head(); to > from; ) {
            Segment segment = view.segmentAt(to - 1).segment;
            long start = Math.max(from, segment.base);
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

    /** How many frames are left, of which each is the newest of its key. */
    int size() {
        return next;
    }

    /** The end of the run of frames that starts at the cursor, in one segment and at most so long. */
    long runEnd(int maxBytes) {
        Segment segment = cursor.topic.view.segmentAt(cursor.position).segment;
        int frame = segment.frameAt(cursor.position);
        long to = segment.frameEnd(frame);
        long boundary = cursor.topic.view.boundary(cursor.position, maxBytes);
        for (int i = next - 2; i >= 0 && positions[i] == to && to < boundary; i--) {
            to = segment.frameEnd(++frame);
        }
        return to;
    }

    /** The cursor has read up to here. @return true when nothing is left but the rest of the log */
    boolean advanced() {
        while (next > 0 && positions[next - 1] < cursor.position) {
            next--;
        }
        moveCursor();
        return next == 0;
    }

    private void moveCursor() {
        cursor.position = next == 0 ? end : positions[next - 1];
        cursor.frames = (int) cursor.topic.view.framesBefore(cursor.position);
    }
}

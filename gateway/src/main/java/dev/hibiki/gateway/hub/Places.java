package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogView;
import java.util.List;

/**
 * Where events with one id stand in the logs, by their sequences. Confined to one thread.
 *
 * <p>A publisher that always sends the same payload gives all of its events one id. So there is a limit to what is sent again
 * before the latest place.
 */
final class Places {
    private static final int MAX_EVENTS = 1_000;
    private static final int MAX_BYTES = 256 * 1024;

    private long earliest = Long.MAX_VALUE;
    private long latest = -1;

    void add(long sequence) {
        earliest = Math.min(earliest, sequence);
        latest = Math.max(latest, sequence);
    }

    void add(Places others) {
        if (!others.isEmpty()) {
            add(others.earliest);
            add(others.latest);
        }
    }

    boolean isEmpty() {
        return latest < 0;
    }

    /** True when several events have the id: nobody knows which of them the client means. */
    boolean isAmbiguous() {
        return earliest < latest;
    }

    /** {@link Long#MAX_VALUE} when there is none. */
    long earliest() {
        return earliest;
    }

    /** -1 when there is none. */
    long latest() {
        return latest;
    }

    /**
     * Finds where to begin. Takes logarithmic time for each log.
     *
     * @param views of the plain logs that are to be read
     * @return the earliest of the places, or a later sequence when there is too much between that and the latest place
     */
    long start(List<LogView> views) {
        long start = earliest;
        long end = latest;
        if (fits(views, start, latest)) {
            return start;
        }
        while (end - start > 1) { // The events after the end fit, those after the start do not.
            long middle = start + (end - start) / 2;
            if (fits(views, middle, latest)) {
                end = middle;
            } else {
                start = middle;
            }
        }
        return end;
    }

    private static boolean fits(List<LogView> views, long after, long upTo) {
        long events = 0;
        long bytes = 0;
        for (LogView view : views) {
            long from = position(view, after);
            long to = position(view, upTo);
            events += view.framesBefore(to) - view.framesBefore(from);
            bytes += to - from;
        }
        return events <= MAX_EVENTS && bytes <= MAX_BYTES;
    }

    private static long position(LogView view, long sequence) {
        long position = view.positionAfter(sequence);
        return position < 0 ? view.tail() : position;
    }
}

package dev.hibiki.gateway.hub.log;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Drops the oldest segments of several logs until there is room in the {@link LogMemory}. For the writer of these logs.
 *
 * @param <T> the owner of a log
 */
public final class OldestSegments<T> {
    private final LogMemory memory;
    private final List<Droppable<T>> found = new ArrayList<>();

    /** One segment that a log can do without. */
    private record Droppable<T>(long sequence, TopicLog log, T owner) {}

    public OldestSegments(LogMemory memory) {
        this.memory = memory;
    }

    /** Adds the segments that a log can do without. */
    public void add(TopicLog log, T owner) {
        Segment[] segments = log.segments();
        for (int i = log.droppable(memory.isOut()) - 1; i >= 0; i--) {
            found.add(new Droppable<>(segments[i].sequenceBefore, log, owner));
        }
    }

    /** Drops as many as needed, the oldest ones first. @return the owners of the logs that are shorter now */
    public Set<T> drop() {
        found.sort(Comparator.comparingLong(Droppable::sequence));
        Set<T> touched = new LinkedHashSet<>();
        for (Droppable<T> oldest : found) {
            if (memory.needsMoreRoom()) {
                touched.add(oldest.owner);
                oldest.log.dropOldest(1);
                oldest.log.trimIndex();
            }
        }
        return touched;
    }
}

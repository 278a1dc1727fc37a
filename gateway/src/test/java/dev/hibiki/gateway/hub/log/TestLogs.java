package dev.hibiki.gateway.hub.log;

/** Builds and reads logs for tests. */
public final class TestLogs {
    private TestLogs() {}

    static Stamp stamp(long sequence) {
        return Stamp.event(sequence, Long.toString(sequence), null, null);
    }

    /**
     * A refresh that is slow.
     *
     * @param publishing what is published after the view has read the head of the log
     * @param dropping what is published after it has read the segments, and before it holds them
     */
    public static void refresh(LogView view, TopicLog log, Runnable publishing, Runnable dropping) {
        long head = log.head();
        publishing.run();
        Segment[] segments = log.segments();
        dropping.run();
        view.follow(head, segments);
    }
}

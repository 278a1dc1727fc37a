package dev.hibiki.gateway.hub.log;

/**
 * Sizes of the {@link TopicLog}s of a hub.
 *
 * @param retainedBytes how much a log keeps for clients that lag or come back: at least this (once so much was written), at
 *     most one segment more
 * @param minSegmentBytes the size of a log's first segment; each next one is twice as large
 * @param maxSegmentBytes the size at which that doubling ends
 * @param idleBytes the memory limit for all topics without subscribers together; the newest of them is always kept
 */
public record LogLimits(long retainedBytes, int minSegmentBytes, int maxSegmentBytes, long idleBytes) {
    private static final int DEFAULT_MIN_SEGMENT_BYTES = 1024;
    private static final int DEFAULT_MAX_SEGMENT_BYTES = 1024 * 1024;

    /** The size of the segments that a log begins when memory is short. */
    static final int SMALL_SEGMENT_BYTES = 16 * 1024;

    /** The budget of all logs has room for so many segments of the largest size. */
    private static final int MIN_SEGMENTS = 64;

    /** Makes limits without a bound for the topics that have no subscribers. */
    public LogLimits(long retainedBytes, int minSegmentBytes, int maxSegmentBytes) {
        this(retainedBytes, minSegmentBytes, maxSegmentBytes, Long.MAX_VALUE);
    }

    /** Makes limits with segments that grow from 1 KiB to 1 MiB, or to an eighth of the retained bytes if that is less. */
    public static LogLimits retaining(long retainedBytes) {
        int max = (int) Math.max(SMALL_SEGMENT_BYTES, Math.min(DEFAULT_MAX_SEGMENT_BYTES, retainedBytes / 8));
        return new LogLimits(retainedBytes, DEFAULT_MIN_SEGMENT_BYTES, max);
    }

    /** Makes limits with the default sizes of segments, or smaller ones where the budget of all logs is small. */
    public static LogLimits of(long retainedBytes, long idleBytes, long budgetBytes) {
        return retaining(retainedBytes).keepingIdle(idleBytes).within(budgetBytes);
    }

    /**
     * The same with segments that suit a budget of all logs: the newest segment of a log always stays, and clients that take nothing
     * hold old ones.
     */
    LogLimits within(long budgetBytes) {
        int max = (int) Math.max(SMALL_SEGMENT_BYTES, Math.min(maxSegmentBytes, budgetBytes / MIN_SEGMENTS));
        return new LogLimits(retainedBytes, Math.min(minSegmentBytes, max), max, idleBytes);
    }

    /** The same with another {@link #idleBytes}. */
    public LogLimits keepingIdle(long bytes) {
        return new LogLimits(retainedBytes, minSegmentBytes, maxSegmentBytes, bytes);
    }
}

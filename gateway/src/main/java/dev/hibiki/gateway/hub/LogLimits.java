package dev.hibiki.gateway.hub;

/**
 * Sizes of the {@link TopicLog}s of a hub.
 *
 * @param retainedBytes how many bytes a log keeps for those who lag or come back: at least this much once it was
 *     written, at most one segment more
 * @param minSegmentBytes the size of a log's first segment; each following one is twice the last
 * @param maxSegmentBytes where that doubling ends
 * @param idleBytes how much memory the logs of all topics may hold that nobody subscribes to; the one among them that was
 *     published to last is kept whatever its size
 */
public record LogLimits(long retainedBytes, int minSegmentBytes, int maxSegmentBytes, long idleBytes) {
    private static final int DEFAULT_MIN_SEGMENT_BYTES = 16 * 1024;
    private static final int DEFAULT_MAX_SEGMENT_BYTES = 1024 * 1024;

    /** With any amount for those that nobody subscribes to. */
    public LogLimits(long retainedBytes, int minSegmentBytes, int maxSegmentBytes) {
        this(retainedBytes, minSegmentBytes, maxSegmentBytes, Long.MAX_VALUE);
    }

    /** Segments of 16 KiB growing to 1 MiB, or to an eighth of what is retained where that is less. */
    public static LogLimits retaining(long retainedBytes) {
        int max = (int) Math.max(DEFAULT_MIN_SEGMENT_BYTES, Math.min(DEFAULT_MAX_SEGMENT_BYTES, retainedBytes / 8));
        return new LogLimits(retainedBytes, DEFAULT_MIN_SEGMENT_BYTES, max);
    }

    /** The same with another {@link #idleBytes}. */
    public LogLimits keepingIdle(long bytes) {
        return new LogLimits(retainedBytes, minSegmentBytes, maxSegmentBytes, bytes);
    }
}

package dev.hibiki.gateway.redis.stream;

import dev.hibiki.gateway.hub.ChannelProgress;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One stream as its feed follows it: how far it is read, and what clients may wait for. Confined to the thread of the feed,
 * except the methods of {@link ChannelProgress}.
 *
 * <p>A client that names an entry behind the position asks a question, and each question has a number. The next check that
 * begins answers it: once all is read that the stream had at the check, the entry has come, or it will not come. So an id
 * that somebody invented costs at most one check, and many questions share one.
 */
final class FollowedStream implements ChannelProgress {
    private final StreamTail tail;
    private final Object order;

    private volatile boolean loaded;
    /** That of the tail, when it was last published. */
    private volatile StreamId position = StreamId.ZERO;

    private final AtomicLong asked = new AtomicLong();
    /** All questions up to this number are answered. */
    private volatile long answered;
    /** The last question before the check that is under way. */
    private long checked;
    /** The last entry of the stream at a check, until it is read. That answers the questions up to {@link #goalAnswers}. */
    private @Nullable StreamId goal;

    private long goalAnswers;
    private @Nullable String refusal;

    /** @param order that of all streams of the feed */
    FollowedStream(String key, Object order) {
        this.tail = new StreamTail(key);
        this.order = order;
    }

    String key() {
        return tail.key();
    }

    StreamTail tail() {
        return tail;
    }

    /** Returns why Redis does not let the stream be read; null when it does, as far as is known. */
    @Nullable String refusal() {
        return refusal;
    }

    void setRefusal(@Nullable String reason) {
        refusal = reason;
    }

    /** Returns true when reads may name the stream. */
    boolean isFollowed() {
        return loaded && refusal == null;
    }

    void setLoaded() {
        loaded = true;
    }

    @Override
    public boolean isLoaded() {
        return loaded;
    }

    @Override
    public Object order() {
        return order;
    }

    /** Redis numbers the entries of a stream in one millisecond from 0 on. Another stream may have entries in that one, too. */
    @Override
    public @Nullable String concurrent(String id) {
        StreamId entry = StreamId.exactly(id);
        return entry == null || entry.sequence() == 0 ? null : new StreamId(entry.ms(), 0).toString();
    }

    /** Ids that are no ids of entries are those of publishers: nothing tells whether they will come. */
    @Override
    public @Nullable BooleanSupplier await(String id) {
        StreamId awaited = StreamId.exactly(id);
        if (awaited == null || !awaited.isAfter(position)) {
            return null;
        }
        long question = asked.incrementAndGet();
        return () -> answered >= question || !awaited.isAfter(position);
    }

    /** Returns true when a question needs a check that has not begun. */
    boolean needsCheck() {
        return isFollowed() && goal == null && asked.get() > answered;
    }

    /** Called before a check asks for the state of the stream. */
    void beginCheck() {
        checked = asked.get();
    }

    /** Takes the last id that the check has found. An earlier goal stays, since it is reached earlier. */
    void found(StreamId last) {
        if (goal == null || goal.isAfter(last)) {
            goal = last;
            goalAnswers = checked;
        }
    }

    /**
     * Shows clients how far the tail has come.
     *
     * @return true when that may have answered a question
     */
    boolean publish() {
        StreamId now = tail.position();
        boolean moved = !now.equals(position);
        position = now;
        boolean open = asked.get() > answered;
        if (goal != null && !goal.isAfter(now)) {
            moved |= goalAnswers > answered;
            answered = goalAnswers;
            goal = null;
        }
        return open && moved;
    }
}

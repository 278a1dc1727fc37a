package dev.hibiki.gateway.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The wish of a subscription to read topics, until it reads all of them. Confined to the loop of the shard.
 *
 * <p>Topics whose channel is not loaded yet have cursors that {@linkplain Cursor#isWaiting wait}. When a client of one channel
 * names an event that this gateway has perhaps not read yet, its cursors wait too, until that is known.
 */
final class PendingJoin {
    private final Hub hub;
    final Subscription subscription;
    private final List<String> channels;
    private final List<Cursor> waiting;
    private final List<String> lastIds;
    private final long sequence;
    private final JoinResult.Listener listener;

    /** Tells when the wait for a named event is over; null while there was none. */
    private @Nullable BooleanSupplier arrival;
    /** The last sequence before that wait. */
    private long askedSequence = Long.MAX_VALUE;

    private boolean joinedSome;

    /** See {@link LoopShard#join}. */
    PendingJoin(
            Hub hub,
            Subscription subscription,
            List<Cursor> cursors,
            List<String> lastIds,
            long sequence,
            JoinResult.Listener listener) {
        this.hub = hub;
        this.subscription = subscription;
        this.waiting = new ArrayList<>(cursors);
        this.channels = channelsOf(cursors);
        this.lastIds = lastIds;
        this.sequence = sequence;
        this.listener = listener;
    }

    private static List<String> channelsOf(List<Cursor> cursors) {
        return cursors.stream()
                .map(cursor -> cursor.topic.topic.channel())
                .distinct()
                .toList();
    }

    boolean isDone() {
        return waiting.isEmpty();
    }

    /** Joins the topics that need not wait. @return null when there are none */
    @Nullable JoinResult join() {
        List<Cursor> ready = ready();
        return ready.isEmpty() ? null : join(ready);
    }

    /** As {@link #join()}, and tells the listener. */
    void joinLater() {
        if (!subscription.subscriber.isIdle()) {
            return;
        }
        try {
            List<Cursor> ready = ready();
            if (!ready.isEmpty()) {
                List<String> joined = channelsOf(ready);
                listener.joined(joined, join(ready));
            }
        } catch (RuntimeException | Error e) { // Also of the listener: there may be no memory for what it writes.
            listener.failed(e);
        }
    }

    private List<Cursor> ready() {
        List<Cursor> ready =
                waiting.stream().filter(cursor -> isLoaded(cursor.topic.topic)).toList();
        return mustAwaitEvent(ready) ? List.of() : ready;
    }

    /** A detached topic has no source, although its name may be that of a channel. */
    private boolean isLoaded(Topic topic) {
        return topic.ownCounters != null || hub.progress().isLoaded(topic.channel());
    }

    private JoinResult join(List<Cursor> ready) {
        waiting.removeAll(ready);
        joinedSome = true;
        return new Joining(hub, channels, ready).join(lastIds, sequence, askedSequence);
    }

    private boolean mustAwaitEvent(List<Cursor> ready) {
        if (lastIds.size() != 1 || channels.size() != 1 || ready.isEmpty()) {
            return false; // With several channels, nobody knows which one will bring the event.
        }
        if (arrival == null) {
            long published = hub.publishedSequence();
            if (!new Joining(hub, channels, ready).knows(lastIds.get(0))) {
                arrival = hub.progress().await(channels.get(0), lastIds.get(0));
                askedSequence = arrival == null ? Long.MAX_VALUE : published;
            }
        }
        return arrival != null && !arrival.getAsBoolean();
    }

    /** The subscription gives up a topic. */
    void remove(Cursor cursor) {
        waiting.remove(cursor);
        if (waiting.isEmpty() && !joinedSome) {
            // The events behind the last ids are not looked for any more.
            ResumeOutcome outcome = lastIds.isEmpty() ? ResumeOutcome.NEW : ResumeOutcome.GAP;
            listener.joined(List.of(), new JoinResult(outcome, null));
        }
    }
}

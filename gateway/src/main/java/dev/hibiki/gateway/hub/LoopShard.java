package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.LoopCounters;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The part of the hub that works on one event loop: it tells the subscribers there of news. Confined to its loop. Other
 * threads may call only the methods that say "any thread": {@link #announce}, {@link #logGrew} and {@link #isCongested}.
 *
 * <p>Publishing costs one push on a stack per topic and at most one wake-up per loop, however many events wait and however
 * many subscribers there are. The first announcer wakes the loop; later ones see the flag and do nothing. A sweep takes
 * all topics with news and visits their cursors in chunks. Between two chunks the loop does its I/O. A cursor that is
 * visited later reads up to the newer head.
 */
public final class LoopShard {
    /** How many subscribers one chunk visits. Netty looks at I/O again only after a chunk. */
    private static final int CHUNK = 1024;

    /** When so many bytes of older events were encoded again in one task, the other subscribers wait for the next one. */
    public static final int ENCODED_BYTES_PER_TASK = 48 * 1024;

    private static final int SWEEP_AGAIN_MS = 100;

    private final EventLoop loop;
    private final int index;
    private final Hub hub;
    private final LoopCounters counters;

    private final AtomicReference<@Nullable TopicShard> news = new AtomicReference<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile long announcedNs;
    private final AtomicBoolean checking = new AtomicBoolean();
    private volatile Runnable congestionCheck = () -> checking.set(false);
    private volatile boolean congested;

    private final Runnable startSweep = this::startSweep;

    private final TopicShard.Queue sweeping = new TopicShard.Queue();
    private long sweepingSinceNs;
    private long encodedBytes;
    private boolean chunkScheduled;
    private final WaitingJoins waitingJoins = new WaitingJoins(this);

    LoopShard(EventLoop loop, int index, Hub hub, LoopCounters counters) {
        this.loop = loop;
        this.index = index;
        this.hub = hub;
        this.counters = counters;
    }

    /** Tells this shard that a topic has news. Any thread. The head of the topic's log must have moved before. */
    void announce(TopicShard topic, long nowNs) {
        if (topic.claim()) {
            topic.push(news);
        }
        // Also for a topic that waits already: perhaps there was no memory to wake the loop.
        if (news.get() != null && !awake.get() && awake.compareAndSet(false, true)) {
            announcedNs = nowNs;
            wake(awake, startSweep);
        }
    }

    /** Runs a task on the loop. When there is no memory for that, the next one that asks for it tries again. */
    private void wake(AtomicBoolean asked, Runnable task) {
        try {
            loop.execute(task);
        } catch (RuntimeException | Error e) {
            asked.set(false);
            throw e;
        }
    }

    private void startSweep() {
        if (sweeping.first() == null) {
            sweepingSinceNs = announcedNs;
        }
        awake.set(false); // First the flag, then the stack: news that come from here on wake the loop again.
        TopicShard topic = news.getAndSet(null);
        while (topic != null) {
            TopicShard following = topic.nextWithNews;
            topic.nextWithNews = null;
            topic.counters.sweeping();
            try {
                if (topic.beginSweep()) {
                    sweeping.add(topic);
                }
            } catch (OutOfMemoryError e) {
                sweepAgain(topic);
            }
            topic = following;
        }
        if (!chunkScheduled) {
            sweepChunk();
        }
    }

    private void sweepChunk() {
        chunkScheduled = false;
        int quota = CHUNK;
        TopicShard topic;
        while ((topic = sweeping.first()) != null) {
            try {
                quota -= topic.sweep(quota);
            } catch (OutOfMemoryError e) { // For one subscriber. The others are visited, if later than otherwise.
                sweepAgain(topic);
            }
            sweeping.removeFirst();
            if (quota <= 0) {
                // Topics take turns. Otherwise a topic whose news come faster than a sweep would keep the others
                // waiting.
                sweeping.add(topic);
                // Unlike a task of execute(), a scheduled task runs only after the loop has looked at I/O.
                loop.schedule(this::sweepChunk, 0, TimeUnit.NANOSECONDS);
                chunkScheduled = true;
                return;
            }
            topic.endSweep();
        }
        counters.swept(System.nanoTime() - sweepingSinceNs);
    }

    /** Sweeps a topic again a little later, since there was no memory for a part of it; at the latest with the next news. */
    private void sweepAgain(TopicShard topic) {
        try {
            loop.schedule(() -> announce(topic, System.nanoTime()), SWEEP_AGAIN_MS, TimeUnit.MILLISECONDS);
        } catch (OutOfMemoryError e) {
            if (topic.claim()) {
                topic.push(news);
            }
        }
    }

    /** Sets what decides whether this loop is congested. It runs on the loop, soon after a log has begun a segment. */
    public void onLogGrowth(Runnable check) {
        congestionCheck = () -> {
            checking.set(false);
            check.run();
        };
    }

    /** Lets the loop check soon whether it is congested. Returns at once. Any thread. */
    void logGrew() {
        if (!checking.get() && checking.compareAndSet(false, true)) {
            wake(checking, congestionCheck);
        }
    }

    /** While this is true, {@link Hub#awaitRoom} lets publishers wait. */
    public void setCongested(boolean congested) {
        this.congested = congested;
    }

    /** Any thread. */
    public boolean isCongested() {
        return congested;
    }

    static boolean isAnyCongested(List<LoopShard> shards) {
        for (LoopShard shard : shards) {
            if (shard.congested) {
                return true;
            }
        }
        return false;
    }

    /** Opens a subscription that reads nothing yet. */
    public Subscription subscribe(Subscriber subscriber) {
        return new Subscription(subscriber);
    }

    /** Opens a subscription that reads these topics from now on; see {@link #join} for their ownership. */
    public Subscription subscribe(Subscriber subscriber, List<Topic> topics) {
        Subscription subscription = subscribe(subscriber);
        join(subscription, topics, List.of(), Long.MAX_VALUE, JoinResult.Listener.NONE);
        return subscription;
    }

    /**
     * Lets a subscription read more topics. Those of a channel that is not loaded yet are joined later, see
     * {@link ChannelProgress}. When that fails now, it reads none of them.
     *
     * @param topics acquired from the hub by the caller; ownership is taken, also when this fails
     * @param lastIds the ids of the last events that the subscriber has seen. One per channel is enough; a new subscriber
     *     has none
     * @param sequence without ids, the topics begin with the first event after this sequence, at the latest now
     * @param later told of the topics that are joined later
     * @return where the topics begin that were joined now; null when there are none
     */
    public @Nullable JoinResult join(
            Subscription subscription,
            List<Topic> topics,
            List<String> lastIds,
            long sequence,
            JoinResult.Listener later) {
        try {
            // The start is found only after this shard has entered the topics, so that every later event is announced
            // here. It is found once for all topics, so that they begin at the same event.
            List<Cursor> cursors =
                    topics.stream().map(topic -> subscription.add(enter(topic))).toList();
            PendingJoin join = new PendingJoin(hub, subscription, cursors, lastIds, sequence, later);
            JoinResult start = join.join();
            if (!join.isDone()) {
                waitingJoins.add(join);
            }
            return start;
        } catch (RuntimeException | Error e) {
            for (Topic topic : topics) {
                if (!subscription.remove(topic)) {
                    giveBack(topic);
                }
            }
            throw e;
        }
    }

    /** Lets subscriptions join that waited for the {@link ChannelProgress} of a channel. Any thread. */
    void progressed() {
        loop.execute(waitingJoins::progressed);
    }

    /** True when some topics of the subscription are not joined yet. */
    public boolean hasWaitingJoins(Subscription subscription) {
        return waitingJoins.contains(subscription);
    }

    /** Joins topics of a subscription whose subscriber was not {@linkplain Subscriber#isIdle idle} before. */
    public void retryJoins(Subscription subscription) {
        waitingJoins.retry(subscription);
    }

    /** The subscription is closing. */
    void forgetJoins(Subscription subscription) {
        waitingJoins.removeAll(subscription);
    }

    TopicShard enter(Topic topic) {
        TopicShard shard = topic.shard(index);
        if (shard == null) {
            shard = new TopicShard(this, topic, counters, hub.readers);
            topic.shard(index, shard);
        }
        return shard;
    }

    /** Ends the part of a topic on this shard, when no cursor is left there. */
    void leaveIfEmpty(Topic topic) {
        TopicShard shard = topic.shard(index);
        if (shard != null && shard.isEmpty()) {
            topic.shard(index, null);
            shard.view.close();
        }
    }

    void remove(Cursor cursor) {
        if (cursor.isWaiting()) {
            waitingJoins.remove(cursor);
        }
        cursor.topic.remove(cursor);
        giveBack(cursor.topic.topic.in(cursor.subscription.subscriber.format()));
    }

    private void giveBack(Topic topic) {
        leaveIfEmpty(topic);
        leaveIfEmpty(topic.plain()); // A cursor may have read there.
        hub.release(topic);
    }

    void countEncoded(int bytes) {
        encodedBytes += bytes;
    }

    /** How many bytes of older events were encoded again here so far. */
    public long encodedBytes() {
        return encodedBytes;
    }

    /** The budget of all logs. Any thread. */
    public LogMemory memory() {
        return hub.memory();
    }

    long publishedSequence() {
        return hub.publishedSequence();
    }

    public LoopCounters counters() {
        return counters;
    }

    public EventLoop loop() {
        return loop;
    }
}

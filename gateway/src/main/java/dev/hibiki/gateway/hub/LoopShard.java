package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.metrics.LoopCounters;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The subscribers on one event loop: a Netty channel group, and the sweep that tells them of news. Confined to its loop.
 * Other threads may call only the methods that say "any thread": {@link #announce}, {@link #checkPressure} and
 * {@link #isCongested}.
 *
 * <p>Publishing costs one push on a stack per topic and at most one wake-up per loop, however many events wait and however
 * many subscribers there are. The first announcer wakes the loop; later ones see the flag and do nothing. A sweep takes
 * all topics with news and visits their cursors in chunks. Between two chunks the loop does its I/O. A cursor that is
 * visited later reads up to the newer head.
 */
public final class LoopShard extends LoopChannelGroup {
    /** How many subscribers one chunk visits. Netty looks at I/O again only after a chunk. */
    private static final int CHUNK = 1024;

    private static final int PRESSURE_INTERVAL_MS = 2;
    private static final long PRESSURE_ROUND_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final EventLoop loop;
    private final int index;
    private final Hub hub;
    private final LoopCounters counters;

    private final AtomicReference<@Nullable TopicShard> news = new AtomicReference<>();
    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile long announcedNs;
    private final AtomicBoolean checking = new AtomicBoolean();
    private volatile boolean congested;
    private long pressureRoundNs;

    private final List<Subscription> members = new ArrayList<>();
    private final ArrayDeque<TopicShard> sweeping = new ArrayDeque<>();
    private long sweepingSinceNs;
    private boolean chunkScheduled;

    LoopShard(EventLoop loop, int index, Hub hub, LoopCounters counters) {
        super("shard-" + index, loop);
        this.loop = loop;
        this.index = index;
        this.hub = hub;
        this.counters = counters;
        this.pressureRoundNs = loop.ticker().nanoTime();
    }

    /** Tells this shard that a topic has news. Any thread. The head of the topic's log must have moved before. */
    void announce(TopicShard topic, long nowNs) {
        if (!topic.claim()) {
            return;
        }
        TopicShard top;
        do {
            top = news.get();
            topic.nextWithNews = top;
        } while (!news.compareAndSet(top, topic));
        if (!awake.get() && awake.compareAndSet(false, true)) {
            announcedNs = nowNs;
            loop.execute(this::startSweep);
        }
    }

    private void startSweep() {
        if (sweeping.isEmpty()) {
            sweepingSinceNs = announcedNs;
        }
        awake.set(false); // First the flag, then the stack: news that come from here on wake the loop again.
        TopicShard topic = news.getAndSet(null);
        while (topic != null) {
            TopicShard following = topic.nextWithNews;
            topic.nextWithNews = null;
            topic.counters.sweeping();
            if (topic.beginSweep()) {
                sweeping.add(topic);
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
        while ((topic = sweeping.peek()) != null) {
            quota -= topic.sweep(quota);
            if (quota <= 0) {
                // Topics take turns. Otherwise a topic whose news come faster than a sweep would keep the others
                // waiting.
                sweeping.add(sweeping.remove());
                // Unlike a task of execute(), a scheduled task runs only after the loop has looked at I/O.
                chunkScheduled = true;
                loop.schedule(this::sweepChunk, 0, TimeUnit.NANOSECONDS);
                return;
            }
            sweeping.remove();
            topic.endSweep();
        }
        counters.swept(System.nanoTime() - sweepingSinceNs);
    }

    /** Lets the loop check soon whether its members keep up. Returns at once. Any thread. */
    void checkPressure() {
        if (!checking.get() && checking.compareAndSet(false, true)) {
            loop.execute(this::measurePressure);
        }
    }

    private void measurePressure() {
        checking.set(false);
        long nowNs = loop.ticker().nanoTime();
        boolean newRound = nowNs - pressureRoundNs > PRESSURE_ROUND_NS;
        if (newRound) {
            pressureRoundNs = nowNs;
        }
        long bytes = hub.pressureBytes();
        int behind = 0;
        for (Subscription member : members) {
            behind += member.isReadingBehind(bytes, newRound) ? 1 : 0;
        }
        congested = 2 * behind > members.size();
        if (congested) {
            loop.schedule(this::checkPressure, PRESSURE_INTERVAL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /**
     * True while more than half of the members read and are still far behind. Then this machine is busy; the clients are
     * not slow. Any thread.
     */
    boolean isCongested() {
        return congested;
    }

    /** Opens a subscription that reads nothing yet. */
    public Subscription subscribe(Subscriber subscriber) {
        return new Subscription(this, subscriber);
    }

    /** Opens a subscription that reads these topics from now on; see {@link #join} for their ownership. */
    public Subscription subscribe(Subscriber subscriber, List<Topic> topics) {
        Subscription subscription = subscribe(subscriber);
        join(subscription, topics, List.of(), Long.MAX_VALUE);
        return subscription;
    }

    /**
     * Opens a subscription that reads nothing yet and is a member: the channel group and {@link #forEachMember} contain
     * it, and its lag counts as pressure. Reading needs no membership.
     */
    public Subscription addMember(Subscriber subscriber) {
        Subscription subscription = subscribe(subscriber);
        subscription.member = members.size();
        members.add(subscription);
        return subscription;
    }

    /** Ends the membership of a subscription. The caller {@linkplain Subscription#close closes} it separately. */
    public void removeMember(Subscription subscription) {
        Subscription last = members.remove(members.size() - 1);
        if (last != subscription) {
            last.member = subscription.member;
            members.set(last.member, last);
        }
    }

    /**
     * Lets a subscription read more topics.
     *
     * @param topics acquired from the hub by the caller; the subscription gives them back
     * @param lastIds the ids of the last events that the subscriber has seen. One per channel is enough; a new subscriber
     *     has none
     * @param sequence without ids, the topics begin with the first event after this sequence, at the latest now
     */
    public JoinResult join(Subscription subscription, List<Topic> topics, List<String> lastIds, long sequence) {
        List<TopicShard> entered = topics.stream().map(this::enter).toList();
        // The start is found only after this shard has entered the topics, so that every later event is announced here.
        // It is found once for all topics, so that they begin at the same event.
        return new Joining(hub, entered).join(subscription, lastIds, sequence);
    }

    private TopicShard enter(Topic topic) {
        TopicShard shard = topic.shard(index);
        if (shard == null) {
            shard = new TopicShard(topic, topic.ownCounters == null ? counters : topic.ownCounters.get());
            topic.shard(index, shard);
        }
        return shard;
    }

    void remove(Cursor cursor) {
        TopicShard shard = cursor.topic;
        shard.remove(cursor);
        if (shard.isEmpty()) {
            shard.topic.shard(index, null);
            shard.view.close();
        }
        hub.release(shard.topic);
    }

    long publishedSequence() {
        return hub.publishedSequence();
    }

    /** Runs the action for each current member. Members may leave during this. */
    public void forEachMember(Consumer<Subscriber> action) {
        for (Subscription member : members.toArray(new Subscription[0])) {
            action.accept(member.subscriber());
        }
    }

    public LoopCounters counters() {
        return counters;
    }

    public EventLoop loop() {
        return loop;
    }

    @Override
    public Iterator<Channel> iterator() {
        return members.stream().map(member -> member.subscriber().channel()).iterator();
    }

    @Override
    public int size() {
        return members.size();
    }
}

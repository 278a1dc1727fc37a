package dev.hibiki.gateway.hub;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The joins of one event loop that wait for a {@link ChannelProgress}. Confined to that loop. */
final class WaitingJoins {
    /** How many subscriptions join in one task: all clients of a gateway that starts wait for the same channel. */
    private static final int CHUNK = 64;

    private final LoopShard shard;
    private final IdentityHashMap<Subscription, List<PendingJoin>> joins = new IdentityHashMap<>();
    /** The subscriptions that are to be looked at in this round. */
    private final ArrayDeque<Subscription> due = new ArrayDeque<>();

    private boolean anotherRound;

    WaitingJoins(LoopShard shard) {
        this.shard = shard;
    }

    void add(PendingJoin join) {
        joins.computeIfAbsent(join.subscription, any -> new ArrayList<>(1)).add(join);
    }

    /** Some of them can perhaps join now. */
    void progressed() {
        if (!due.isEmpty()) {
            anotherRound = true;
        } else if (!joins.isEmpty()) {
            due.addAll(joins.keySet());
            joinSome();
        }
    }

    private void joinSome() {
        try {
            for (int i = 0; i < CHUNK && !due.isEmpty(); i++) {
                retry(due.remove());
            }
        } finally { // When one of them fails, the others must still join.
            if (!due.isEmpty()) {
                shard.loop().schedule(this::joinSome, 0, TimeUnit.NANOSECONDS); // After a look at I/O.
            } else if (anotherRound) {
                anotherRound = false;
                shard.loop().schedule(this::progressed, 0, TimeUnit.NANOSECONDS);
            }
        }
    }

    /** Joins the topics of one subscription that need not wait any more. */
    void retry(Subscription subscription) {
        for (PendingJoin join : List.copyOf(joins.getOrDefault(subscription, List.of()))) {
            join.joinLater();
            removeIfDone(join);
        }
    }

    private void removeIfDone(PendingJoin join) {
        List<PendingJoin> ofSubscription = joins.get(join.subscription);
        if (join.isDone() && ofSubscription != null) {
            ofSubscription.remove(join);
            if (ofSubscription.isEmpty()) {
                joins.remove(join.subscription);
            }
        }
    }

    boolean contains(Subscription subscription) {
        return joins.containsKey(subscription);
    }

    /** The subscription no longer reads the topic of this cursor, which waits. */
    void remove(Cursor cursor) {
        for (PendingJoin join : List.copyOf(joins.getOrDefault(cursor.subscription, List.of()))) {
            join.remove(cursor);
            removeIfDone(join);
        }
    }

    /** The subscription is closed. */
    void removeAll(Subscription subscription) {
        joins.remove(subscription);
    }
}

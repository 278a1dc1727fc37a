package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A subscriber that collects what it reads. It reads on every notification, unless it is busy. */
final class TestSubscriber implements Subscriber {
    private final StringBuilder received = new StringBuilder();

    @Nullable Subscription subscription;

    /** Of the topics that it enters. */
    private WireFormat format = TestHub.FORMAT;

    boolean busy;
    boolean idle = true;
    boolean readsNotices;
    /** Continues after an overrun instead of leaving. */
    boolean skips;

    boolean latestOnly;
    final List<String> losses = new ArrayList<>();
    int maxBytes = Integer.MAX_VALUE;
    int told;
    int lagged;
    /** Runs on every notification, before this subscriber reads. */
    Runnable onEvents = () -> {};

    /** Reads these topics from now on. */
    void enter(LoopShard shard, List<Topic> topics) {
        reads(topics);
        shard.join(enter(shard), topics, List.of(), Long.MAX_VALUE, JoinResult.Listener.NONE);
    }

    /** These topics, all in one format, are what it will read. */
    void reads(List<Topic> topics) {
        topics.forEach(topic -> format = topic.encoding.format);
    }

    /** Opens a subscription that reads nothing yet. */
    Subscription enter(LoopShard shard) {
        Subscription opened = shard.subscribe(this);
        subscription = opened;
        return opened;
    }

    Subscription subscription() {
        return Objects.requireNonNull(subscription);
    }

    @Override
    public WireFormat format() {
        return format;
    }

    @Override
    public void onEvents() {
        told++;
        onEvents.run();
        if (!busy && subscription != null) {
            readAll();
        }
    }

    @Override
    public void onLagged() {
        lagged++;
        if (!skips) {
            leave();
        } else if (!busy) {
            Subscription.Losses noted = (topic, missed) -> losses.add(topic + " " + missed);
            subscription().skipLost(topic -> latestOnly, noted);
            readAll();
        }
    }

    @Override
    public boolean isIdle() {
        return idle;
    }

    @Override
    public boolean readsNotices() {
        return readsNotices;
    }

    void readAll() {
        ByteBuf run;
        subscription().sent();
        while ((run = subscription().poll(maxBytes)) != null) {
            received.append(run.toString(StandardCharsets.UTF_8));
            run.release();
        }
        subscription().sent();
    }

    /** The result of one poll, or null. */
    @Nullable String pollOnce() {
        ByteBuf run = subscription().poll(maxBytes);
        if (run == null) {
            return null;
        }
        try {
            return run.toString(StandardCharsets.US_ASCII);
        } finally {
            run.release();
        }
    }

    void leave() {
        if (subscription != null) {
            subscription.close();
            subscription = null;
        }
    }

    /** The ids of the received events, in order. */
    List<String> received() {
        return received.isEmpty() ? List.of() : List.of(received.toString().split(";"));
    }
}

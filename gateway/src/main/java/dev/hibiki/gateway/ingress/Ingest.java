package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.ContentIds;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.RejectedEventException;
import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The one way into the hub: parses events, counts them, and publishes them in the hub. Thread-safe: one lock around the
 * parser keeps the order of each source.
 *
 * <p>Nothing that a publisher sends stops the stream: a payload that is no event is counted by reason, logged with a rate
 * limit, and skipped. Nothing that fails here stops it either: an event that is lost for want of memory is counted, and told to
 * the clients before the next event.
 */
public final class Ingest {
    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    /** In a burst the source waits for slow loops, but no event may wait for ever. */
    private static final long MAX_WAIT_MS = 100;
    /** After so long without a loss it counts as over. */
    private static final long CALM_NS = TimeUnit.SECONDS.toNanos(5);

    private final EventParser parser;
    private final ContentIds contentIds = new ContentIds();
    private final Hub hub;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private final Rejections rejections;
    private final RateLimitedLog replacedIds;
    private final RateLimitedLog gaps;
    private final RateLimitedLog failures;
    /** By the names of the entries; the map never changes. */
    private final Map<String, Inflow> inflows = new HashMap<>();

    private final long beganNs;
    /** When an event was lost here for the last time, as the time since the beginning; 0 for never. */
    private volatile long lostNs;

    private volatile String lossReason = "";

    /**
     * Makes an ingest.
     *
     * @param parser used by this ingest alone
     * @param nanoClock as {@link System#nanoTime}
     */
    public Ingest(EventParser parser, Hub hub, GatewayMetrics metrics, LongSupplier nanoClock) {
        this.parser = parser;
        this.hub = hub;
        this.metrics = metrics;
        this.nanoClock = nanoClock;
        this.rejections = new Rejections(metrics, nanoClock);
        this.replacedIds = new RateLimitedLog(log, nanoClock);
        this.gaps = new RateLimitedLog(log, nanoClock);
        this.failures = new RateLimitedLog(log, nanoClock);
        this.beganNs = nanoClock.getAsLong();
        hub.channels().entries().forEach(entry -> inflows.put(entry.name(), new Inflow(entry)));
    }

    /** Returns the largest event that is not rejected, in bytes. */
    public int maxEventBytes() {
        return parser.maxEventBytes();
    }

    /**
     * Takes an event of a channel that came through one of the configured entries. When it carries no id of its own, it gets
     * one that is {@linkplain ContentIds made from its content}.
     *
     * @param entry the name or pattern of the entry, as subscribed
     * @param payload as published; borrowed for the time of the call
     */
    public void accept(String entry, String channel, byte[] payload) {
        accept(entry, channel, payload, () -> contentIds.of(channel, payload), null);
    }

    /**
     * As {@link #accept(String, String, byte[])}, for an event that came with an id.
     *
     * @param stamp the id of the event when it carries none of its own
     */
    public void accept(String entry, String channel, byte[] payload, String stamp) {
        accept(entry, channel, payload, () -> stamp, stamp);
    }

    /**
     * @param stamp asked under the lock of the parser, when the event needs it
     * @param came the id with which the event came; null for none
     */
    private void accept(String entry, String channel, byte[] payload, Supplier<String> stamp, @Nullable String came) {
        try {
            ChannelSpec owner = owner(entry, channel);
            if (owner == null) {
                return;
            }
            hub.awaitRoom(MAX_WAIT_MS);
            synchronized (parser) {
                long startNs = nanoClock.getAsLong();
                Inflow of = inflows.get(entry);
                if (of != null) {
                    of.arrived();
                }
                Event event = parser.parse(payload, stamp);
                if (event.idProblem() != null) {
                    metrics.replacedId();
                    replacedIds.warn("Replaced the id of an event on {}: it was {}", channel, event.idProblem());
                }
                publish(owner, channel, event, startNs);
            }
        } catch (RejectedEventException e) {
            rejections.rejected(entry, channel, e, payload, came);
        } catch (RuntimeException | Error e) {
            lost(entry, channel, e);
        }
    }

    /** Returns the entry of a channel; null when it is not the one that the event came through. */
    private @Nullable ChannelSpec owner(String entry, String channel) {
        ChannelSpec owner = hub.channels().owner(channel);
        if (owner == null || !owner.name().equals(entry)) {
            metrics.ignored(owner == null ? "unknown_channel" : "overlapping_pattern");
            return null;
        }
        return owner;
    }

    /**
     * Rejects an event that the source has left out for its size, and tells clients a gap.
     *
     * @param limit the most bytes that the source lets through
     */
    public void leftOut(String entry, String channel, int limit) {
        if (owner(entry, channel) != null) {
            rejections.tooLarge(entry, channel, limit);
            gap(entry, 1);
        }
    }

    /** An event has not come into all logs, or into none, and nobody was told. */
    private void lost(String entry, String channel, Throwable failure) {
        noteLoss(channel, failure);
        putNotice(entry, 1);
    }

    private void noteLoss(String channel, Throwable failure) {
        lostNs = Math.max(1, nanoClock.getAsLong() - beganNs);
        metrics.lost();
        try {
            if (failure instanceof OutOfMemoryError) {
                lossReason = "events are lost because there is no memory: " + failure.getMessage();
                failures.warn(
                        "No memory for an event on {}, so clients are told that it is lost: {}. Give Java more, with"
                                + " -XX:MaxDirectMemorySize and -Xmx, or the logs less, with --log-memory-bytes",
                        channel,
                        String.valueOf(failure.getMessage()));
            } else {
                lossReason = "events are lost by a fault of the gateway, which the log tells";
                failures.at(Level.ERROR)
                        .setCause(failure)
                        .log("Could not take an event on {}, so clients are told that it is lost", channel);
            }
        } catch (OutOfMemoryError e) {
            // The metric and the readiness tell it nevertheless.
        }
    }

    /** Says that events are being lost here, and why; null when none was for some seconds. Any thread. */
    public @Nullable String failure() {
        long lost = lostNs;
        return lost == 0 || nanoClock.getAsLong() - beganNs - lost > CALM_NS ? null : lossReason;
    }

    /**
     * Reports a gap: events of one of the configured entries are lost, between those accepted before this call and those
     * accepted after it. The caller keeps that order.
     *
     * @param entry the name or pattern of the entry
     * @param missed the number of events; -1 when it is not known
     */
    public void gap(String entry, long missed) {
        putNotice(entry, missed);
        metrics.gap(entry);
        Object number = missed < 0 ? "the number is not known" : missed;
        gaps.warn("Events on {} were lost before they came here: {}", entry, number);
    }

    /**
     * Says that the source has not loaded the events of an entry before this point: a client that resumes from an earlier event
     * of another channel is told a gap. The caller keeps the order with {@link #accept}.
     *
     * @param entry the name or pattern of the entry
     */
    public void notLoadedBefore(String entry) {
        putNotice(entry, -1);
    }

    private void putNotice(String entry, long missed) {
        synchronized (parser) {
            Inflow of = inflows.get(entry);
            if (of != null) {
                of.arrived();
                of.lost(missed);
                of.tell(hub);
            }
        }
    }

    /**
     * Returns a number that grows with each event that comes through an entry, valid or not, and with each report that events
     * are lost. Any thread.
     *
     * @param entry the name or pattern of the entry
     */
    public long arrivals(String entry) {
        Inflow of = inflows.get(entry);
        return of == null ? 0 : of.arrivals();
    }

    /**
     * Registers the progress of an entry; see {@link Hub#follow}.
     *
     * @param entry the name or pattern of the entry
     */
    public void follow(String entry, ChannelProgress progress) {
        hub.channels().entries().stream()
                .filter(configured -> configured.name().equals(entry))
                .forEach(configured -> hub.follow(configured, progress));
    }

    /** Lets clients go on that wait for the progress of a channel. */
    public void progressed() {
        hub.progressed();
    }

    /**
     * Takes an event that is already in its final form.
     *
     * @return false when some of the logs, or all, do not have the event. Their readers are told a gap, and the loss is counted
     */
    public boolean publish(ChannelSpec owner, String channel, Event event) {
        hub.awaitRoom(MAX_WAIT_MS);
        try {
            synchronized (parser) {
                return publish(owner, channel, event, nanoClock.getAsLong());
            }
        } catch (RuntimeException | Error e) {
            lost(owner.name(), channel, e);
            return false;
        }
    }

    private boolean publish(ChannelSpec owner, String channel, Event event, long startNs) {
        Inflow of = inflows.get(owner.name());
        if (of != null && !of.tell(hub)) {
            throw new OutOfMemoryError("no memory for the notice of a lost event");
        }
        if (!hub.publish(owner, channel, event)) {
            noteLoss(channel, new OutOfMemoryError(hub.memory().lastFailure()));
            return false;
        }
        metrics.encode().record(nanoClock.getAsLong() - startNs, TimeUnit.NANOSECONDS);
        metrics.accepted(event.replacedSurrogates());
        return true;
    }
}

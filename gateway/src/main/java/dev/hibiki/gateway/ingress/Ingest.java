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
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way into the hub: parses events, counts them, and publishes them in the hub. Thread-safe: one lock around the
 * parser keeps the order of each source.
 *
 * <p>Nothing that a publisher sends stops the stream: a payload that is no event is counted by reason, logged with a rate
 * limit, and skipped.
 */
public final class Ingest {
    private static final Logger log = LoggerFactory.getLogger(Ingest.class);
    private static final int EXCERPT_CHARS = 200;
    /** In a burst the source waits for slow loops, but no event may wait for ever. */
    private static final long MAX_WAIT_MS = 100;

    private final EventParser parser;
    private final ContentIds contentIds = new ContentIds();
    private final Hub hub;
    private final GatewayMetrics metrics;
    private final LongSupplier nanoClock;
    private final RateLimitedLog rejections;
    private final RateLimitedLog replacedIds;
    private final RateLimitedLog gaps;

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
        this.rejections = new RateLimitedLog(log, nanoClock);
        this.replacedIds = new RateLimitedLog(log, nanoClock);
        this.gaps = new RateLimitedLog(log, nanoClock);
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
        accept(entry, channel, payload, () -> contentIds.of(channel, payload));
    }

    /**
     * As {@link #accept(String, String, byte[])}, for an event that came with an id.
     *
     * @param stamp the id of the event when it carries none of its own
     */
    public void accept(String entry, String channel, byte[] payload, String stamp) {
        accept(entry, channel, payload, () -> stamp);
    }

    /** @param stamp asked under the lock of the parser, when the event needs it */
    private void accept(String entry, String channel, byte[] payload, Supplier<String> stamp) {
        ChannelSpec owner = hub.channels().owner(channel);
        if (owner == null || !owner.name().equals(entry)) {
            metrics.ignored(owner == null ? "unknown_channel" : "overlapping_pattern");
            return;
        }
        hub.awaitRoom(MAX_WAIT_MS);
        try {
            synchronized (parser) {
                long startNs = nanoClock.getAsLong();
                Event event = parser.parse(payload, stamp);
                if (event.idProblem() != null) {
                    metrics.replacedId();
                    replacedIds.warn("Replaced the id of an event on {}: it was {}", channel, event.idProblem());
                }
                publish(owner, channel, event, startNs);
            }
        } catch (RejectedEventException e) {
            metrics.rejected(e.rejection().label());
            rejections.warn(
                    "Rejected an event on {}: {}: {}; it begins: {}",
                    channel,
                    e.rejection().label(),
                    e.getMessage(),
                    excerpt(payload));
        }
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
        gaps.warn(
                "Events on {} were lost before they came here: {}",
                entry,
                missed < 0 ? "nobody knows how many" : missed);
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
        hub.channels().entries().stream()
                .filter(configured -> configured.name().equals(entry))
                .forEach(configured -> hub.gap(configured, missed));
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

    /** Takes an event that is already in its final form. */
    public void publish(ChannelSpec owner, String channel, Event event) {
        hub.awaitRoom(MAX_WAIT_MS);
        publish(owner, channel, event, nanoClock.getAsLong());
    }

    private void publish(ChannelSpec owner, String channel, Event event, long startNs) {
        hub.publish(owner, channel, event);
        metrics.encode().record(nanoClock.getAsLong() - startNs, TimeUnit.NANOSECONDS);
        metrics.accepted(event.replacedSurrogates());
    }

    private static String excerpt(byte[] payload) {
        int bytes = Math.min(payload.length, 4 * EXCERPT_CHARS);
        String text = new String(payload, 0, bytes, StandardCharsets.UTF_8);
        String oneLine = text.replaceAll("\\p{Cntrl}", " ");
        return oneLine.length() <= EXCERPT_CHARS ? oneLine : oneLine.substring(0, EXCERPT_CHARS);
    }
}

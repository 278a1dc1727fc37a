package dev.hibiki.gateway.hub;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a subscriber begins to read topics: one sequence for all topics of a channel. Confined to the loop of the
 * shard.
 *
 * <p>A new subscriber begins after the newest event. A returning one names the last events that it has seen; one per
 * channel is enough. Their sequences are looked up in the logs. A channel without a named event begins at the earliest
 * named one, since the client saw the events of all channels in one order.
 */
final class Joining {
    private static final long UNKNOWN = IdIndex.UNKNOWN;

    private final Hub hub;
    private final List<TopicShard> topics;
    private final Moment now;
    private final Map<String, Long> positions = new HashMap<>();
    /** Events are gone that the subscriber asks for. */
    private boolean gap;
    /** There is a notice among the events that the subscriber will read. */
    private boolean lostBetween;

    /**
     * A point in the order of publication.
     *
     * @param sequence all events up to this one are in the logs
     * @param lastId the id of the last event up to there on the topics in question; null when there was none
     * @param lastSequence its sequence; -1 when there was none
     */
    record Moment(long sequence, @Nullable String lastId, long lastSequence) {}

    /** The topics must already know these shards, so that everything that is published from now on is announced. */
    Joining(Hub hub, List<TopicShard> topics) {
        this.hub = hub;
        this.topics = topics;
        this.now = hub.now(topics);
        topics.forEach(topic -> topic.view.refresh());
    }

    JoinResult join(Subscription subscription, List<String> lastIds, long from) {
        if (lastIds.isEmpty()) {
            return begin(subscription, Math.min(from, now.sequence()), ResumeOutcome.NEW);
        }
        long earliest = locate(lastIds);
        if (earliest == UNKNOWN) {
            return begin(subscription, now.sequence(), ResumeOutcome.GAP);
        }
        for (TopicShard topic : topics) {
            gap |= !add(subscription, topic, positions.getOrDefault(topic.topic.channel(), earliest));
        }
        gap |= lostBetween;
        return gap
                ? new JoinResult(ResumeOutcome.GAP, now.lastId())
                : new JoinResult(ResumeOutcome.OK, lastIds.get(lastIds.size() - 1));
    }

    private JoinResult begin(Subscription subscription, long sequence, ResumeOutcome how) {
        for (TopicShard topic : topics) {
            gap |= !add(subscription, topic, sequence);
        }
        // Events up to the last one may still have to come. Whoever named its id later would not get them.
        String lastId = sequence < now.lastSequence() && !gap ? null : now.lastId();
        return new JoinResult(gap ? ResumeOutcome.GAP : how, lastId);
    }

    /** Begins to read a topic behind this sequence, or now when later events are gone. @return false when they are */
    private boolean add(Subscription subscription, TopicShard topic, long sequence) {
        long position = topic.view.positionAfter(sequence);
        TopicShard source = topic;
        if (position < 0 && topic.topic.base != null) {
            source = topic.shard.enter(topic.topic.base);
            source.view.refresh();
            position = source.view.positionAfter(sequence);
        }
        if (position < 0) {
            subscription.add(topic, topic.view.positionAfter(now.sequence()));
            source.shard.leaveIfEmpty(source.topic);
            return false;
        }
        subscription.add(source, position);
        topic.shard.leaveIfEmpty(topic.topic); // When the cursor is in the plain log.
        lostBetween |= source.view.hasControlFrom(position);
        return true;
    }

    /** Notes the sequence of each id with its channel. @return the smallest, or UNKNOWN when none is known */
    private long locate(List<String> lastIds) {
        List<String> channels =
                topics.stream().map(topic -> topic.topic.channel()).distinct().toList();
        long earliest = Long.MAX_VALUE;
        for (String id : lastIds) {
            long hash = Stamp.hash(id);
            for (String channel : channels) {
                long sequence = find(channel, hash);
                if (sequence != UNKNOWN) {
                    positions.merge(channel, sequence, Math::max);
                    earliest = Math.min(earliest, sequence);
                }
            }
        }
        return earliest == Long.MAX_VALUE ? UNKNOWN : earliest;
    }

    /** Looks in the logs of the topics, which reach further back than the log of the whole channel, and then in that. */
    private long find(String channel, long hash) {
        List<TopicLog> logs = new ArrayList<>();
        topics.stream()
                .filter(topic -> topic.topic.channel().equals(channel))
                .forEach(topic -> logs.add(topic.topic.plain().log));
        @Nullable TopicLog whole = hub.logOf(channel);
        if (whole != null) {
            logs.add(whole);
        }
        for (TopicLog log : logs) {
            long sequence = log.sequenceOf(hash);
            if (sequence != UNKNOWN) {
                return sequence;
            }
        }
        return UNKNOWN;
    }
}

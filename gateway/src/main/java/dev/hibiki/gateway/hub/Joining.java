package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.LogView;
import dev.hibiki.gateway.hub.log.Stamp;
import dev.hibiki.gateway.hub.log.TopicLog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a subscriber begins to read topics. Confined to the loop of the shard.
 *
 * <p>A new subscriber begins after the newest event. A returning one names the last events that it has seen; one is enough for
 * channels of a {@linkplain ChannelProgress#order common order}, and begins there in all of them, since the client has seen
 * their events in that order. A channel of another order begins there too, as far as its events have come live, and a gap is
 * told.
 *
 * <p>An id may stand in several places: twice in one channel, or in two channels. Then nobody knows which of these events the
 * client has seen last, and it begins after the first of them; in two channels, where gateways may have them in different
 * orders, with the first of them. That also holds for an event of another channel that was published {@linkplain
 * ChannelProgress#concurrent at the same time}. An event twice is better than an event never. See {@link Places#start} for the
 * limit.
 */
final class Joining {
    private final Hub hub;
    private final List<String> channels;
    private final List<Cursor> cursors;
    private final Map<String, List<Cursor>> byChannel = new HashMap<>();
    private final Moment now;
    /** The sequence after which each channel begins where a named event stands, if that is sure, and if it is not. */
    private final Map<String, Long> sure = new HashMap<>();

    private final Map<String, Long> doubtful = new HashMap<>();
    /** Where channels without a named event begin. */
    private final Map<ProgressTable.Order, Long> withoutId = new HashMap<>();
    /** The named event that stands first of all. */
    private @Nullable String earliestId;

    private long earliest = Long.MAX_VALUE;
    /** Views of the plain logs, for {@link Places#start}. */
    private List<LogView> views = List.of();

    /** Events are gone that the subscriber asks for, or it is not known which ones it asks for. */
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
    record Moment(long sequence, @Nullable String lastId, long lastSequence) {
        /** The present one, for the topics of these cursors. Guarded by the hub. */
        static Moment now(long sequence, List<Cursor> cursors) {
            String lastId = null;
            long lastSequence = -1;
            for (Cursor cursor : cursors) {
                Topic topic = cursor.topic.topic.plain();
                if (topic.lastSequence > lastSequence) {
                    lastId = topic.lastId;
                    lastSequence = topic.lastSequence;
                }
            }
            return new Moment(sequence, lastId, lastSequence);
        }
    }

    /**
     * @param channels all channels that the subscriber asks for
     * @param cursors which {@linkplain Cursor#isWaiting wait}, in topics of some of these channels. The topics must already
     *     know these cursors, so that everything that is published from now on is announced
     */
    Joining(Hub hub, List<String> channels, List<Cursor> cursors) {
        this.hub = hub;
        this.channels = channels;
        this.cursors = cursors;
        this.now = hub.now(cursors);
        for (Cursor cursor : cursors) {
            cursor.topic.view.refresh();
            byChannel
                    .computeIfAbsent(cursor.topic.topic.channel(), any -> new ArrayList<>())
                    .add(cursor);
        }
    }

    /**
     * Lets the cursors begin.
     *
     * @param sequence where they begin without ids
     * @param askedSequence where they begin when none of the ids is known
     */
    JoinResult join(List<String> lastIds, long sequence, long askedSequence) {
        if (lastIds.isEmpty()) {
            return begin(Math.min(sequence, now.sequence()), ResumeOutcome.NEW);
        }
        locate(lastIds);
        String firstId = earliestId;
        if (firstId == null) {
            return begin(Math.min(askedSequence, now.sequence()), ResumeOutcome.GAP);
        }
        long first = Long.MAX_VALUE;
        for (Cursor cursor : cursors) {
            long start = startOf(cursor.topic.topic.channel());
            first = Math.min(first, start);
            gap |= !place(cursor, start);
        }
        gap |= lostBetween;
        // A client that leaves before the first event comes back with this id: then it must not skip the events in
        // between.
        String lastId = gap && first >= now.lastSequence() ? now.lastId() : firstId;
        return new JoinResult(gap ? ResumeOutcome.GAP : ResumeOutcome.OK, lastId);
    }

    private JoinResult begin(long sequence, ResumeOutcome how) {
        boolean lost = false;
        for (Cursor cursor : cursors) {
            lost |= !place(cursor, sequence);
        }
        // Events up to the last one may still have to come. A client that named its id later would not get them.
        String lastId = sequence < now.lastSequence() && !lost ? null : now.lastId();
        return new JoinResult(lost ? ResumeOutcome.GAP : how, lastId);
    }

    /** Begins to read a topic behind this sequence, or now when later events are gone. @return false when they are */
    private boolean place(Cursor cursor, long sequence) {
        TopicShard own = cursor.topic;
        long position = own.view.positionAfter(sequence);
        TopicShard source = own;
        if (position < 0 && own.topic.base != null) {
            source = own.shard.enter(own.topic.base);
            source.view.refresh();
            position = source.view.positionAfter(sequence);
        }
        if (position < 0) {
            long newest = own.view.positionAfter(now.sequence());
            cursor.moveTo(own, newest < 0 ? own.view.head() : newest);
            source.shard.leaveIfEmpty(source.topic);
            return false;
        }
        cursor.moveTo(source, position);
        own.shard.leaveIfEmpty(own.topic); // When the cursor is in the plain log.
        lostBetween |= source.view.hasControlFrom(position);
        return true;
    }

    /** True when an event with this id is in a log. */
    boolean knows(String id) {
        return channels.stream().anyMatch(channel -> !find(channel, id).isEmpty());
    }

    private void locate(List<String> lastIds) {
        try {
            for (String id : lastIds) {
                locate(id, lastIds.size() >= channels.size());
            }
        } finally {
            views.forEach(LogView::close);
        }
    }

    /** Made for the first ambiguous id only: a view holds each segment of a log. */
    private List<LogView> views() {
        if (views.isEmpty()) {
            views = cursors.stream()
                    .map(cursor -> cursor.topic.topic.plain().log)
                    .distinct()
                    .map(LogView::new)
                    .toList();
            views.forEach(LogView::refresh);
        }
        return views;
    }

    private void locate(String id, boolean eachHasItsId) {
        Places all = new Places();
        Set<String> having = new LinkedHashSet<>();
        findIn(channels, id, all, having);
        if (having.isEmpty()) {
            return;
        }
        String concurrent = hub.progress().concurrent(having.iterator().next(), id);
        if (concurrent != null) {
            findIn(
                    channels.stream()
                            .filter(channel -> !having.contains(channel))
                            .toList(),
                    concurrent,
                    all,
                    having);
            if (having.size() > 1) {
                findIn(channels, concurrent, all, having);
            }
        }
        if (having.size() > 1) {
            all.add(all.earliest() - 1);
            gap |= !eachHasItsId && !hub.progress().haveCommonOrder(having, all.earliest());
        }
        long start = all.isAmbiguous() ? all.start(views()) : all.earliest();
        gap |= start > all.earliest();
        if (start < earliest) {
            earliest = start;
            earliestId = id;
        }
        for (String channel : having) {
            if (all.isAmbiguous()) {
                doubtful.merge(channel, start, Math::min);
            } else {
                sure.merge(channel, start, Math::max);
            }
        }
    }

    private void findIn(List<String> where, String id, Places all, Set<String> having) {
        for (String channel : where) {
            Places found = find(channel, id);
            if (!found.isEmpty()) {
                all.add(found);
                having.add(channel);
            }
        }
    }

    private long startOf(String channel) {
        Long known = sure.getOrDefault(channel, doubtful.get(channel));
        return known != null ? known : withoutId.computeIfAbsent(hub.progress().orderOf(channel), this::startWithoutId);
    }

    /** At the earliest event that the client names in this order. */
    private long startWithoutId(ProgressTable.Order order) {
        Map<String, Long> named = new HashMap<>(doubtful);
        named.putAll(sure);
        long start = Long.MAX_VALUE;
        for (Map.Entry<String, Long> place : named.entrySet()) {
            if (order.isCommonWith(hub.progress().orderOf(place.getKey()), place.getValue())) {
                start = Math.min(start, place.getValue());
            }
        }
        if (start == Long.MAX_VALUE) {
            gap = true;
            start = Math.min(now.sequence(), Math.max(earliest, order.loadedSequence()));
        }
        return start;
    }

    /** Looks in the logs of the topics, which reach further back than the log of the whole channel, and then in that. */
    private Places find(String channel, String id) {
        long hash = Stamp.hash(id);
        Places places = new Places();
        byChannel
                .getOrDefault(channel, List.of())
                .forEach(cursor -> cursor.topic.topic.plain().log.find(hash, places::add));
        @Nullable TopicLog whole = places.isEmpty() ? hub.logOf(channel) : null;
        if (whole != null) {
            whole.find(hash, places::add);
        }
        return places;
    }
}

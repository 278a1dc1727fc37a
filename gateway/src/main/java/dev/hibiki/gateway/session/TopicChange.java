package dev.hibiki.gateway.session;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.ResumeOutcome;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Changes the topics that a session reads of one channel, without a gap and without a duplicate. Confined to the event
 * loop. A topic that stays keeps its cursor. A new topic begins where the removed topics were read up to.
 */
public final class TopicChange {
    private static final JoinResult UNCHANGED = new JoinResult(ResumeOutcome.NEW, null);

    private final SessionLoop loop;
    private final Session session;
    private final Subscription subscription;
    private final String channel;
    private final List<Topic> current;

    /**
     * @param session which is open
     * @param channel as the client names it
     */
    public TopicChange(Session session, String channel) {
        this.loop = session.loop;
        this.session = session;
        this.subscription = session.subscription();
        this.channel = channel;
        this.current = subscription.topics().stream()
                .filter(topic -> topic.channel().equals(channel))
                .toList();
    }

    /**
     * Reads exactly these regions of the channel from now on; all events when there are none.
     *
     * @param later takes the result when the client has to wait for the channel
     * @return null when the client has to wait
     */
    public @Nullable JoinResult select(
            @Nullable List<String> regions, @Nullable List<String> lastIds, Consumer<JoinResult> later)
            throws RefusedException {
        ChannelTable table = loop.channels();
        int max = loop.settings().limits().maxTopics();
        Selection wanted = Selection.of(table, loop.grants().get(session), max, List.of(channel), regions, lastIds);
        int others = subscription.topics().size() - current.size();
        if (others + Math.max(1, wanted.routes().size()) > max) {
            throw Selection.tooManyTopics("too many topics (expected: at most " + max + ")");
        }
        refuseOverlap(table);
        if (loop.shard().memory().isFull()) {
            throw new RefusedException(Refusal.LOG_MEMORY, "the memory of all logs is used up");
        }

        List<Topic> removed = new ArrayList<>();
        List<@Nullable String> added = new ArrayList<>(wanted.routes());
        if (added.isEmpty()) {
            added.add(null); // The whole channel.
        }
        long readUpTo = Long.MAX_VALUE;
        int[] lost = new int[1];
        for (Topic topic : current) {
            if (!added.remove(topic.route())) {
                removed.add(topic);
                readUpTo = Math.min(readUpTo, subscription.polledSequence(topic, (gone, missed) -> lost[0] += missed));
            }
        }
        JoinResult start = added.isEmpty() ? UNCHANGED : join(added, wanted.lastIds(), readUpTo, later);
        // An overrun that the session could not tell its client of before. A client that names its last event knows
        // better.
        if (start != null && lost[0] > 0 && !added.isEmpty() && wanted.lastIds().isEmpty()) {
            loop.slowReaders().countMissed(lost[0]);
            start = new JoinResult(ResumeOutcome.GAP, start.lastId());
        }
        removed.forEach(subscription::remove);
        if (session.isOpen()) {
            SendPath.sendMore(session); // A client that resumes may have missed events.
        }
        return start;
    }

    private @Nullable JoinResult join(
            List<@Nullable String> routes, List<String> lastIds, long sequence, Consumer<JoinResult> later) {
        List<String> named = routes.stream().filter(Objects::nonNull).toList();
        Selection selection = new Selection(List.of(channel), named, lastIds);
        return SessionJoin.begin(session, subscription, selection, sequence, later);
    }

    /** Refuses a concrete channel together with the pattern that matches it: their events would come twice. */
    private void refuseOverlap(ChannelTable table) throws RefusedException {
        for (Topic topic : subscription.topics()) {
            String other = topic.channel();
            if (!other.equals(channel) && (isWithin(table, channel, other) || isWithin(table, other, channel))) {
                throw Selection.malformed(
                        "\"" + channel + "\" overlaps with \"" + other + "\", which is subscribed to");
            }
        }
    }

    private static boolean isWithin(ChannelTable table, String concrete, String pattern) {
        ChannelSpec owner = table.owner(concrete);
        return owner != null && owner.isPattern() && owner.name().equals(pattern);
    }

    /** Removes all topics of the channel. */
    public void unsubscribe() throws RefusedException {
        if (current.isEmpty()) {
            throw Selection.malformed("not subscribed to \"" + channel + '"');
        }
        current.forEach(subscription::remove);
    }
}

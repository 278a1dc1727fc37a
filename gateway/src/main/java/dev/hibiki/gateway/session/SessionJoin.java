package dev.hibiki.gateway.session;

import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.Subscription;
import dev.hibiki.gateway.hub.Topic;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets a session join the topics of a selection, and tells its client of those that it could not join at once. Confined to
 * the loop of the session.
 */
final class SessionJoin implements JoinResult.Listener {
    private final Session session;
    private final Selection selection;
    private final Consumer<JoinResult> first;
    private boolean joinedSome;

    private SessionJoin(Session session, Selection selection, Consumer<JoinResult> first) {
        this.session = session;
        this.selection = selection;
        this.first = first;
    }

    /** As {@link #begin}, for a client that is greeted when it joins the first topics. */
    static @Nullable JoinResult enter(Session session, Subscription subscription, Selection selection) {
        JoinResult start = begin(
                session,
                subscription,
                selection,
                Long.MAX_VALUE,
                later -> session.protocol().writeGreeting(session, session.context(), later));
        if (session.hasFlag(Session.JOINING)) {
            // Not before the response is written and the HTTP handlers are gone, although the socket may be idle
            // before.
            session.setFlag(Session.JOINING, false);
            session.loop.executeSoon(() -> SendPath.retryJoins(session));
        }
        return start;
    }

    /**
     * Joins the topics whose channels are loaded. The others follow when they are, and when the socket is idle.
     *
     * @param sequence without last ids, the topics begin behind this sequence number, or at the newest event if that is
     *     earlier
     * @param later takes the result of the first topics that are joined, when none are joined now
     * @return the result of the topics that are joined now; null when there are none
     */
    static @Nullable JoinResult begin(
            Session session,
            Subscription subscription,
            Selection selection,
            long sequence,
            Consumer<JoinResult> later) {
        List<Topic> topics =
                selection.acquire(session.loop.hub(), session.protocol().format());
        SessionJoin join = new SessionJoin(session, selection, later);
        JoinResult start = session.loop.shard().join(subscription, topics, selection.lastIds(), sequence, join);
        if (start != null) {
            join.joinedSome = true;
            join.count(start);
        }
        session.setFlag(Session.JOINING, session.loop.shard().hasWaitingJoins(subscription));
        return start;
    }

    private void count(JoinResult start) {
        if (!selection.lastIds().isEmpty()) {
            session.loop.countResume(start.resumed());
        }
    }

    @Override
    public void joined(List<String> channels, JoinResult start) {
        count(start);
        if (joinedSome) {
            session.protocol().writeLateStart(session, channels, selection.routes(), start);
        } else {
            joinedSome = true;
            first.accept(start);
        }
        if (session.isOpen()) {
            SendPath.sendMore(session); // A client that resumes may have missed events.
        }
    }

    @Override
    public void failed(Throwable cause) {
        SessionLog.failed(session, cause);
        session.abort(CloseReason.ERROR);
    }
}

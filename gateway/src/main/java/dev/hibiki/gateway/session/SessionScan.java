package dev.hibiki.gateway.session;

import dev.hibiki.gateway.session.SessionList.SessionInfo;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelMatchers;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Finds the sessions of one loop that match a query. Confined to that loop.
 *
 * <p>The first pass looks at each session, to count them and to pick those with the highest values. The second pass
 * describes the picked ones. Both work in chunks, and the loop serves its clients between two chunks.
 */
final class SessionScan {
    private static final int CHUNK = 256;

    private record Candidate(long key, Session session) {}

    private final EventLoop loop;
    private final SessionGroup group;
    private final SessionQuery query;
    private final CompletableFuture<SessionList.Part> result = new CompletableFuture<>();

    private final ArrayDeque<Session> remaining = new ArrayDeque<>();
    private final PriorityQueue<Candidate> best = new PriorityQueue<>(Comparator.comparingLong(Candidate::key));
    private final List<SessionInfo> described = new ArrayList<>();

    private int matching;
    private long lagBytes;
    private long maxLagBytes;
    private final Map<String, Integer> byKind = new HashMap<>();

    private SessionScan(SessionLoop sessions, SessionQuery query) {
        this.loop = sessions.shard().loop();
        this.group = sessions.group();
        this.query = query;
    }

    /** Starts a scan. Any thread. @return completes on the loop; never completes when the loop has ended */
    static CompletableFuture<SessionList.Part> start(SessionLoop sessions, SessionQuery query) {
        SessionScan scan = new SessionScan(sessions, query);
        scan.loop.execute(() -> scan.guard(scan::begin));
        return scan.result;
    }

    private void guard(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
        }
    }

    /** Schedules the step, since a scheduled task, unlike one of {@code execute}, runs only after the loop's next I/O. */
    private void scheduleNext(Runnable step) {
        loop.schedule(() -> guard(step), 0, TimeUnit.NANOSECONDS);
    }

    private void begin() {
        group.forEach(ChannelMatchers.all(), remaining::add);
        look();
    }

    private void look() {
        Session session;
        for (int left = CHUNK; left > 0 && (session = remaining.poll()) != null; left--) {
            if (session.isOpen() && query.matches(session)) {
                count(session);
            }
        }
        scheduleNext(remaining.isEmpty() ? this::describe : this::look);
    }

    private void count(Session session) {
        matching++;
        long lag = session.subscription().lagBytes();
        lagBytes += lag;
        maxLagBytes = Math.max(maxLagBytes, lag);
        byKind.merge(session.protocol().kind(), 1, Integer::sum);
        best.add(new Candidate(query.order().keyOf(session), session));
        if (best.size() > query.limit()) {
            best.remove();
        }
    }

    private void describe() {
        Candidate candidate;
        for (int left = CHUNK; left > 0 && (candidate = best.poll()) != null; left--) {
            if (candidate.session().isOpen()) {
                described.add(SessionInfo.of(candidate.session()));
            }
        }
        if (best.isEmpty()) {
            result.complete(
                    new SessionList.Part(described, new SessionList.Totals(matching, lagBytes, maxLagBytes, byKind)));
        } else {
            scheduleNext(this::describe);
        }
    }
}

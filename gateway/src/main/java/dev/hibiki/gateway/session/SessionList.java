package dev.hibiki.gateway.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The answer to a {@link SessionQuery}. Immutable.
 *
 * @param sessions the first sessions that match, in the order of the query and up to its limit
 * @param total the sums over all sessions that match
 */
public record SessionList(List<SessionInfo> sessions, Totals total) {
    /** @param byKind the number of sessions of each kind */
    public record Totals(int sessions, long lagBytes, long maxLagBytes, Map<String, Integer> byKind) {}

    /** The answer of one loop. */
    record Part(List<SessionInfo> sessions, Totals total) {}

    static SessionList of(List<Part> parts, SessionQuery query) {
        List<SessionInfo> all = new ArrayList<>();
        int sessions = 0;
        long lagBytes = 0;
        long maxLagBytes = 0;
        Map<String, Integer> byKind = new TreeMap<>();
        for (Part part : parts) {
            all.addAll(part.sessions());
            sessions += part.total().sessions();
            lagBytes += part.total().lagBytes();
            maxLagBytes = Math.max(maxLagBytes, part.total().maxLagBytes());
            part.total().byKind().forEach((kind, count) -> byKind.merge(kind, count, Integer::sum));
        }
        SessionQuery.Order order = query.order();
        all.sort((a, b) -> Long.compare(order.keyOf(b), order.keyOf(a)));
        return new SessionList(
                all.stream().limit(query.limit()).toList(), new Totals(sessions, lagBytes, maxLagBytes, byKind));
    }
}

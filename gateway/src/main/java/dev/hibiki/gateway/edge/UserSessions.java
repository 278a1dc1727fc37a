package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.Grant;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Counts the sessions of each user over all loops. Thread-safe. A session whose token has no subject is not counted. */
public final class UserSessions {
    private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

    public void entered(@Nullable Grant grant) {
        if (grant != null && grant.subject() != null) {
            counts.merge(grant.subject(), 1, Integer::sum);
        }
    }

    public void left(@Nullable Grant grant) {
        if (grant != null && grant.subject() != null) {
            counts.computeIfPresent(grant.subject(), (user, count) -> count == 1 ? null : count - 1);
        }
    }

    /** The number of sessions of the grant's user. */
    public int of(@Nullable Grant grant) {
        return grant == null || grant.subject() == null ? 0 : counts.getOrDefault(grant.subject(), 0);
    }
}

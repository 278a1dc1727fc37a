package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.auth.Grant;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How many sessions each user of tokens has, over all loops. Thread-safe. Who has no token, or a token of nobody, is not counted. */
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

    /** How many sessions there are of the user of that grant. */
    public int of(@Nullable Grant grant) {
        return grant == null || grant.subject() == null ? 0 : counts.getOrDefault(grant.subject(), 0);
    }
}

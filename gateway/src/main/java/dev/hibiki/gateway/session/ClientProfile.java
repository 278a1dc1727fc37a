package dev.hibiki.gateway.session;

import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.runtime.ConnectionFields;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The protocol, the region label and the user agent of a client. Confined to the session's event loop once the
 * session has entered.
 *
 * <p>Many clients have the same profile. The sessions of a loop share one object per profile, so that a session needs no
 * memory of its own for its user agent.
 */
public final class ClientProfile {
    private final Protocol protocol;
    private final RegionLabels.Label region;
    private final @Nullable String userAgent;
    private int sessions;

    /** @param userAgent the value of the header; null without the header */
    public ClientProfile(Protocol protocol, RegionLabels.Label region, @Nullable String userAgent) {
        this.protocol = protocol;
        this.region = region;
        this.userAgent = userAgent == null ? null : ConnectionFields.truncate(userAgent);
    }

    Protocol protocol() {
        return protocol;
    }

    RegionLabels.Label region() {
        return region;
    }

    @Nullable String userAgent() {
        return userAgent;
    }

    /** The profiles of the sessions of one loop, each with the number of its sessions. Confined to that loop. */
    static final class Table {
        /** Limits the memory that clients with random user agents can take. */
        static final int MAX_PROFILES = 1024;

        static final String OTHER = "other";

        private record Key(
                Protocol protocol,
                RegionLabels.Label region,
                @Nullable String userAgent) {
            static Key of(ClientProfile profile) {
                return new Key(profile.protocol, profile.region, profile.userAgent);
            }
        }

        private final Map<Key, ClientProfile> known = new HashMap<>();

        /** Counts one session more. @return the shared profile, which the session keeps instead of its own */
        ClientProfile acquire(ClientProfile profile) {
            ClientProfile shared = known.get(Key.of(profile));
            if (shared == null) {
                ClientProfile added = known.size() < MAX_PROFILES
                        ? profile
                        : new ClientProfile(profile.protocol, profile.region, OTHER);
                shared = known.computeIfAbsent(Key.of(added), any -> added);
            }
            shared.sessions++;
            return shared;
        }

        /** Counts one session less. */
        void release(ClientProfile shared) {
            if (--shared.sessions == 0) {
                known.remove(Key.of(shared));
            }
        }

        int size() {
            return known.size();
        }
    }
}

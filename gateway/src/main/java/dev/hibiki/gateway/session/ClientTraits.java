package dev.hibiki.gateway.session;

import dev.hibiki.gateway.runtime.ConnectionFields;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client has in common with many others: the label of its region, and its browser. The sessions of a loop share
 * one object for all that are alike, so that knowing the user agent takes no memory of a session. Confined to the loop
 * once a session has entered with it.
 */
public final class ClientTraits {
    private final RegionLabels.Label region;
    private final @Nullable String userAgent;
    private int sessions;

    /** @param userAgent the header; null where there is none */
    public ClientTraits(RegionLabels.Label region, @Nullable String userAgent) {
        this.region = region;
        this.userAgent = userAgent == null ? null : ConnectionFields.beginning(userAgent);
    }

    public RegionLabels.Label region() {
        return region;
    }

    public @Nullable String userAgent() {
        return userAgent;
    }

    /** The traits of a loop's sessions. Confined to that loop. */
    static final class Table {
        /** Who wants to fill the memory with user agents of his invention gets so far. */
        static final int MAX_TRAITS = 1024;

        static final String OTHER = "other";

        private record Key(
                RegionLabels.Label region, @Nullable String userAgent) {}

        private final Map<Key, ClientTraits> known = new HashMap<>();

        /** Counts one session more. @return what it holds from now on */
        ClientTraits enter(ClientTraits traits) {
            ClientTraits shared = known.get(new Key(traits.region, traits.userAgent));
            if (shared == null) {
                ClientTraits added = known.size() < MAX_TRAITS ? traits : new ClientTraits(traits.region, OTHER);
                shared = known.computeIfAbsent(new Key(added.region, added.userAgent), any -> added);
            }
            shared.sessions++;
            return shared;
        }

        /** Counts one session less. */
        void leave(ClientTraits shared) {
            if (--shared.sessions == 0) {
                known.remove(new Key(shared.region, shared.userAgent));
            }
        }

        int size() {
            return known.size();
        }
    }
}

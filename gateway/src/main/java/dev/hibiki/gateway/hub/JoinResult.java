package dev.hibiki.gateway.hub;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The point where a subscription began.
 *
 * @param lastId the id of the last event before it, from which a client that leaves before the first event would resume;
 *     null when there was none
 */
public record JoinResult(ResumeOutcome resumed, @Nullable String lastId) {
    /** Told of topics that a subscription could not join at once. Called on the loop of the subscription, while it is open. */
    public interface Listener {
        /** For subscriptions that do not wait, since the channels of their topics are always loaded. */
        Listener NONE = (channels, start) -> {};

        /**
         * Called when topics were joined. They are all topics of these channels that waited.
         *
         * @param channels none when the subscription has given up all of them
         */
        void joined(List<String> channels, JoinResult start);

        /** Called when that failed, for lack of memory for instance. The topics are not read. */
        default void failed(Throwable cause) {}
    }
}

package dev.hibiki.gateway.hub;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far a source has come with reading one channel. A client joins the topics of a channel only when this says that nothing is
 * to be waited for, so that events of the past never come to it as live ones. Thread-safe.
 *
 * <p>A source {@linkplain Hub#follow registers} this before it starts, and calls {@link Hub#progressed} when an answer
 * may have changed from "wait" to "go on".
 */
public interface ChannelProgress {
    /** False until the source has loaded the past of the channel, and live events have begun to come. Never false again. */
    boolean isLoaded();

    /**
     * Called when a client names an event that is in no log: it may have seen that event through another gateway, which is ahead
     * of this one.
     *
     * @param id as the client names it
     * @return null when the source cannot be about to read that event. Otherwise what tells, from any thread, that the wait
     *     is over: the event was read, or the source knows that it will not come
     */
    default @Nullable BooleanSupplier await(String id) {
        return null;
    }

    /**
     * An id that the first event of another channel has which was published at the same time as that of this id: then gateways may
     * have the two in different orders.
     *
     * @return null when there can be no such event
     */
    default @Nullable String concurrent(String id) {
        return null;
    }

    /**
     * The order to which the channel belongs. Channels have equal orders when every gateway gets their events in the same
     * order, so that one id can tell where to resume all of them.
     */
    Object order();
}

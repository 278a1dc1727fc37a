package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.Event;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Publishes the events that came over HTTP, so that the source brings them. Thread-safe. */
public interface Publisher {
    /**
     * Publishes the events in order.
     *
     * @param owner the configured entry that the channel belongs to
     * @param channel a concrete channel
     * @return completes with the ids when all are published; fails with a {@link PublishFailedException} that names the ids
     *     of those that were
     */
    CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events);
}

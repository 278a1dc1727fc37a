package dev.hibiki.gateway.inprocess;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The source when there is no Redis: what is published over HTTP goes straight to the hub of this process. */
public final class InProcessBroker implements EventSource, Publisher {
    private final Ingest ingest;

    public InProcessBroker(Ingest ingest) {
        this.ingest = ingest;
    }

    @Override
    public void start() {}

    @Override
    public SourceHealth state() {
        return new SourceHealth(true, "in-process broker");
    }

    @Override
    public String name() {
        return "in-process";
    }

    @Override
    public synchronized CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events) {
        for (Event event : events) {
            ingest.publish(owner, channel, event);
        }
        return CompletableFuture.completedFuture(events.stream().map(Event::id).toList());
    }

    @Override
    public void close() {}
}

package dev.hibiki.gateway.inprocess;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Ingest;
import dev.hibiki.gateway.ingress.PublishFailedException;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The source when no other one is configured: events that are published over HTTP go straight to the hub. Thread-safe. */
public final class InProcessBroker implements EventSource, Publisher {
    public static final SourceFactory FACTORY = context -> new InProcessBroker(context.ingest());

    private final Ingest ingest;

    public InProcessBroker(Ingest ingest) {
        this.ingest = ingest;
    }

    @Override
    public void start() {}

    @Override
    public SourceHealth health() {
        return new SourceHealth(true, "in-process broker");
    }

    @Override
    public String name() {
        return "in-process";
    }

    @Override
    public Publisher publisher() {
        return this;
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    @Override
    public synchronized CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events) {
        List<String> published = new ArrayList<>(events.size());
        for (Event event : events) {
            if (!ingest.publish(owner, channel, event)) {
                return CompletableFuture.failedFuture(
                        new PublishFailedException(published, "the gateway has lost an event; its log says why", null));
            }
            published.add(event.id());
        }
        return CompletableFuture.completedFuture(published);
    }

    @Override
    public void close() {}
}

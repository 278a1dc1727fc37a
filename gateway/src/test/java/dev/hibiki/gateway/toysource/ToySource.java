package dev.hibiki.gateway.toysource;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.PublishFailedException;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Hands on the messages of a {@link ToyBroker} on a thread of its own, and probes once at the start. */
final class ToySource implements EventSource, Publisher {
    private static final String PROBE = "toy-probe";

    private final ToyBroker broker;
    private final SourceContext context;
    private final Thread thread = new Thread(this::read, "toy-source");

    ToySource(ToyBroker broker, SourceContext context) {
        this.broker = broker;
        this.context = context;
    }

    @Override
    public void start() {
        thread.start();
    }

    private void read() {
        try {
            long probedNs = context.nanoClock().getAsLong();
            if (context.probes().intervalMs() > 0) {
                broker.publish(PROBE, "");
            }
            while (true) {
                ToyBroker.Message message = broker.take();
                if (message.channel().equals(PROBE)) {
                    context.probes()
                            .returned("toy", probedNs, context.nanoClock().getAsLong());
                } else {
                    String channel = message.channel();
                    byte[] payload = message.payload().getBytes(StandardCharsets.UTF_8);
                    context.ingest().accept(channel, channel, payload, id(message.number()));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String id(long number) {
        return "toy-" + number;
    }

    @Override
    public SourceHealth health() {
        return broker.isUp() ? new SourceHealth(true, "reading the toy") : new SourceHealth(false, "the toy is broken");
    }

    @Override
    public String name() {
        return "toy";
    }

    @Override
    public Publisher publisher() {
        return this;
    }

    @Override
    public CompletionStage<List<String>> publish(ChannelSpec owner, String channel, List<Event> events) {
        List<String> ids = new ArrayList<>();
        for (Event event : events) {
            if (!broker.isUp()) {
                return CompletableFuture.failedFuture(
                        new PublishFailedException(ids, "the toy is broken", new IllegalStateException()));
            }
            long number = broker.publish(channel, new String(event.json(), StandardCharsets.UTF_8));
            ids.add(event.id().isEmpty() ? id(number) : event.id());
        }
        return CompletableFuture.completedFuture(ids);
    }

    @Override
    public String publishCommand(String channel) {
        return "toy-cli " + channel + " '" + SAMPLE + "'";
    }

    @Override
    public boolean stampsIds() {
        return true;
    }

    @Override
    public boolean isProbing() {
        return true;
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

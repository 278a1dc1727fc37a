package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices events that are published in a way that the source does not read, and logs each channel once. It looks once when
 * the source is ready, and then once a minute. Works on a thread of its own; {@link #amend} is thread-safe.
 */
final class UnreadEvents implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UnreadEvents.class);
    private static final long TICK_MS = 1_000;
    private static final long LOOK_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    private final List<UnreadWay> ways;
    private final RedisClients clients;
    private final UnaryOperator<String> publishCommand;
    private final Map<String, String> told = new ConcurrentHashMap<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis-unread");
        named.setDaemon(true);
        return named;
    });

    private boolean looked;
    private long lookedNs;

    /**
     * Takes ownership of the ways.
     *
     * @param publishCommand returns the command that publishes to a channel in the right way
     */
    UnreadEvents(List<UnreadWay> ways, RedisClients clients, UnaryOperator<String> publishCommand) {
        this.ways = List.copyOf(ways);
        this.clients = clients;
        this.publishCommand = publishCommand;
    }

    /** @param ready whether Redis can be asked now */
    void start(BooleanSupplier ready) {
        thread.scheduleWithFixedDelay(() -> tick(ready), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    }

    private void tick(BooleanSupplier ready) {
        try {
            long nowNs = clients.nanoClock().getAsLong();
            if ((!looked || nowNs - lookedNs >= LOOK_INTERVAL_NS) && ready.getAsBoolean()) {
                looked = true;
                lookedNs = nowNs;
                ways.forEach(way -> way.look(channel -> onFound(way, channel)));
            }
        } catch (RuntimeException | OutOfMemoryError e) { // An exception would end the periodic task.
            log.debug("Could not look for events that are not read", e);
        }
    }

    private void onFound(UnreadWay way, String channel) {
        try {
            thread.execute(() -> tell(way, channel));
        } catch (RejectedExecutionException e) {
            log.debug("Too late, the source is closed", e);
        }
    }

    private void tell(UnreadWay way, String channel) {
        String trouble = "events for \"" + channel + "\" come " + way.described() + ", and are not delivered";
        if (!Objects.equals(told.putIfAbsent(channel, trouble), trouble)) {
            log.warn(
                    "Events for \"{}\" come {}: they are not delivered. This is logged once for each channel. Start the"
                            + " gateway with {}, or publish with: {}",
                    channel,
                    way.described(),
                    way.readWith(),
                    publishCommand.apply(channel));
        }
    }

    /** Adds one of the channels that was found. */
    SourceHealth amend(SourceHealth health) {
        return told.values().stream()
                .findFirst()
                .map(trouble -> health.with(trouble + (told.size() == 1 ? "" : "; and " + (told.size() - 1) + " more")))
                .orElse(health);
    }

    @Override
    public void close() {
        thread.shutdownNow();
        ways.forEach(UnreadWay::close);
    }
}

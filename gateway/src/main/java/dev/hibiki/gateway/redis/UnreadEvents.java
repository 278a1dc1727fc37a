package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices channels that are published to in a way that the source does not read, and logs each channel once. Works on a thread of
 * its own; {@link #amend} is thread-safe.
 *
 * <p>A publisher may use both ways on purpose. So only channels that bring no events are looked at. One that a look has found is
 * told two looks later, when it has still brought none. The readiness tells it until it brings one.
 */
final class UnreadEvents implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(UnreadEvents.class);
    private static final int MAX_CHANNELS = 1_000;
    private static final long TICK_MS = 1_000;
    private static final long LOOK_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);
    /** These are one tick apart: after a start, people try whether events come. */
    private static final int FIRST_LOOKS = 10;
    /** More than Redis and connections to it have. */
    private static final long TIMEOUT_S = 10;

    private final List<UnreadWay> ways;
    private final List<Channel> channels;
    private final ToLongFunction<String> arrivals;
    private final UnaryOperator<String> publishCommand;
    private final LongSupplier nanoClock;
    private final Map<String, UnreadWay> found = new ConcurrentHashMap<>();
    private final Map<String, Told> told = new ConcurrentHashMap<>();
    private final Set<String> logged = new HashSet<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis-unread");
        named.setDaemon(true);
        return named;
    });

    private int looks;
    private long lookedNs;
    private boolean suspecting;

    /** What the last looks have seen of a channel. */
    private static final class Channel {
        private final String name;
        private long arrivals = -1;
        /** True when the last look was at this channel, too. */
        private boolean looked;

        private @Nullable UnreadWay suspect;

        Channel(String name) {
            this.name = name;
        }
    }

    /** @param arrivals those of the channel then */
    private record Told(String text, long arrivals) {}

    /**
     * Takes ownership of the ways.
     *
     * @param names the channels
     * @param arrivals tells how much has come of a channel in the right way, as a number that grows with each event and each
     *     notice that events are lost
     * @param publishCommand returns the command that publishes to a channel in the right way
     * @param nanoClock as {@link System#nanoTime}
     */
    UnreadEvents(
            List<UnreadWay> ways,
            List<String> names,
            ToLongFunction<String> arrivals,
            UnaryOperator<String> publishCommand,
            LongSupplier nanoClock) {
        this.ways = List.copyOf(ways);
        this.channels = names.stream().limit(MAX_CHANNELS).map(Channel::new).toList();
        this.arrivals = arrivals;
        this.publishCommand = publishCommand;
        this.nanoClock = nanoClock;
    }

    /** Waits for an answer of Redis. */
    static <T> T await(CompletionStage<T> answer) {
        try {
            return answer.toCompletableFuture().get(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new CompletionException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("closed");
        }
    }

    /** @param health that of the source, without what this adds */
    void start(Supplier<SourceHealth> health) {
        if (!channels.isEmpty() && !ways.isEmpty()) {
            thread.scheduleWithFixedDelay(() -> tick(health), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Looks when it is time to. */
    void tick(Supplier<SourceHealth> health) {
        try {
            long nowNs = nanoClock.getAsLong();
            if (looks < FIRST_LOOKS || suspecting || !found.isEmpty() || nowNs - lookedNs >= LOOK_INTERVAL_NS) {
                SourceHealth now = health.get();
                if (now.ready()) {
                    looks++;
                    lookedNs = nowNs;
                    look(now);
                }
            }
        } catch (RuntimeException | OutOfMemoryError e) { // An exception would end the periodic task.
            log.debug("Could not look for events that are not read", e);
        }
    }

    private void look(SourceHealth health) {
        Set<String> quiet = new LinkedHashSet<>();
        suspecting = false;
        for (Channel channel : channels) {
            UnreadWay way = found.remove(channel.name);
            long now = arrivals.applyAsLong(channel.name);
            boolean looked = channel.looked;
            channel.looked = false;
            if (now != channel.arrivals || !health.isReadable(channel.name)) {
                channel.arrivals = now;
                channel.suspect = null;
                told.remove(channel.name);
            } else if (channel.suspect != null) {
                tell(channel, channel.suspect);
                channel.suspect = null;
            } else if (!told.containsKey(channel.name)) {
                channel.looked = true;
                channel.suspect = looked ? way : null;
                suspecting |= channel.suspect != null;
                quiet.add(channel.name);
            }
        }
        ways.forEach(way -> way.look(quiet, name -> found.put(name, way)));
    }

    private void tell(Channel channel, UnreadWay way) {
        String text = way.seen(channel.name) + " and gets no events of it";
        told.put(channel.name, new Told(text, channel.arrivals));
        if (logged.add(channel.name)) {
            log.warn(
                    "Events are perhaps not delivered: {}. This is logged once for each channel. Start the gateway with {}, or"
                            + " publish with: {}",
                    text,
                    way.readWith(),
                    publishCommand.apply(channel.name));
        }
    }

    /** Adds one of the channels that were told, and have brought nothing since. */
    SourceHealth amend(SourceHealth health) {
        List<String> texts = new ArrayList<>();
        told.forEach((name, last) -> {
            if (arrivals.applyAsLong(name) == last.arrivals()) {
                texts.add(last.text());
            }
        });
        return texts.isEmpty()
                ? health
                : health.with(texts.get(0) + (texts.size() == 1 ? "" : "; and " + (texts.size() - 1) + " more"));
    }

    @Override
    public void close() {
        thread.shutdownNow();
        ways.forEach(UnreadWay::close);
    }
}

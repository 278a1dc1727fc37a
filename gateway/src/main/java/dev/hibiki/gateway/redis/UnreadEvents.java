package dev.hibiki.gateway.redis;

import static java.util.Objects.requireNonNull;

import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
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
    private final Map<String, Channel> channels = new LinkedHashMap<>();
    private final ToLongFunction<String> arrivals;
    private final UnaryOperator<String> publishCommand;
    private final LongSupplier nanoClock;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread named = new Thread(task, "hibiki-redis-unread");
        named.setDaemon(true);
        return named;
    });

    private int looks;
    private long lookedNs;

    private enum State {
        /** It brings events, or cannot be read. */
        UNSUSPECTED,
        /** It has brought nothing since the look before, so the last look was at this channel, too. */
        LOOKED_AT,
        /** The last look has found something. */
        SUSPECTED,
        /** It is told until it brings an event. */
        TOLD
    }

    /** Its plain fields belong to the thread that looks. */
    private static final class Channel {
        private final String name;
        private long arrivals = -1;
        private boolean logged;
        /** The way in which the last look has found something; any thread may set it. */
        private volatile @Nullable UnreadWay found;

        private @Nullable UnreadWay way;
        private volatile State state = State.UNSUSPECTED;

        Channel(String name) {
            this.name = name;
        }

        boolean isUrgent() {
            return found != null || state == State.SUSPECTED;
        }
    }

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
        names.stream().limit(MAX_CHANNELS).forEach(name -> channels.put(name, new Channel(name)));
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
            if (looks < FIRST_LOOKS
                    || nowNs - lookedNs >= LOOK_INTERVAL_NS
                    || channels.values().stream().anyMatch(Channel::isUrgent)) {
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
        for (Channel channel : channels.values()) {
            UnreadWay found = channel.found;
            channel.found = null;
            channel.state = next(channel, found, health.isReadable(channel.name));
            if (channel.state == State.LOOKED_AT || channel.state == State.SUSPECTED) {
                quiet.add(channel.name);
            }
        }
        ways.forEach(way -> way.look(quiet, name -> {
            Channel channel = channels.get(name);
            if (channel != null) {
                channel.found = way;
            }
        }));
    }

    private State next(Channel channel, @Nullable UnreadWay found, boolean readable) {
        long now = arrivals.applyAsLong(channel.name);
        if (now != channel.arrivals || !readable) {
            channel.arrivals = now;
            return State.UNSUSPECTED;
        }
        return switch (channel.state) {
            case UNSUSPECTED -> State.LOOKED_AT;
            case LOOKED_AT -> {
                channel.way = found;
                yield found == null ? State.LOOKED_AT : State.SUSPECTED;
            }
            case SUSPECTED -> {
                log(channel, requireNonNull(channel.way));
                yield State.TOLD;
            }
            case TOLD -> State.TOLD;
        };
    }

    private void log(Channel channel, UnreadWay way) {
        if (!channel.logged) {
            channel.logged = true;
            log.warn(
                    "Events are perhaps not delivered: {}. This is logged once for each channel. Start the gateway with {}, or"
                            + " publish with: {}",
                    text(channel, way),
                    way.readWith(),
                    publishCommand.apply(channel.name));
        }
    }

    private static String text(Channel channel, UnreadWay way) {
        return way.seen(channel.name) + " and gets no events of it";
    }

    /** Adds one of the channels that were told, and have brought nothing since. */
    SourceHealth amend(SourceHealth health) {
        List<String> texts = new ArrayList<>();
        for (Channel channel : channels.values()) {
            UnreadWay way = channel.way;
            if (channel.state == State.TOLD && way != null && arrivals.applyAsLong(channel.name) == channel.arrivals) {
                texts.add(text(channel, way));
            }
        }
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

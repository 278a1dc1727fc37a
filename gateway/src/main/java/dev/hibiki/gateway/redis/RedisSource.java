package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelExample;
import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.Publisher;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part that all sources of Redis share: one {@link RedisFeed} for each group of channels or keys that one Redis always
 * serves together. In a cluster such a group is a slot, because slots move from node to node one by one. When one slot
 * cannot be reached, the others go on. Owns the clients. Thread-safe.
 */
public abstract class RedisSource implements EventSource {
    private static final Logger log = LoggerFactory.getLogger(RedisSource.class);
    private static final long TELL_TIMEOUT_MS = 1_000;
    private static final long ANSWER_LIFETIME_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final RedisClients clients;
    private final List<RedisFeed> feeds;
    private final Publisher publisher;
    private final UnreadEvents unread;
    private volatile @Nullable Answer answer;

    private record Answer(long timeNs, SourceHealth health) {}

    /**
     * Takes ownership of the clients and the feeds.
     *
     * @param sender publishes one event in the way of this kind
     * @param unread other ways, which publishers may use by mistake
     */
    protected RedisSource(
            RedisClients clients,
            SourceContext context,
            List<RedisFeed> feeds,
            RedisPublisher.Sender sender,
            List<UnreadWay> unread) {
        this.clients = clients;
        this.feeds = feeds;
        this.publisher = new RedisPublisher(clients, sender);
        this.unread = new UnreadEvents(
                unread,
                names(context.channels()),
                context.ingest()::arrivals,
                this::publishCommand,
                clients.nanoClock());
    }

    /** Returns the names among channels and patterns. */
    private static List<String> names(List<ChannelSpec> channels) {
        return channels.stream()
                .filter(spec -> !spec.isPattern())
                .map(ChannelSpec::name)
                .toList();
    }

    /** Makes a feed for each group of channels that one Redis serves. */
    protected static List<RedisFeed> feeds(
            RedisClients clients, List<ChannelSpec> channels, Function<List<ChannelSpec>, RedisFeed> newFeed) {
        Map<String, ChannelSpec> byName =
                channels.stream().collect(Collectors.toMap(ChannelSpec::name, Function.identity()));
        List<String> names = channels.stream().map(ChannelSpec::name).toList();
        return clients.groups(names).stream()
                .map(group -> newFeed.apply(group.stream().map(byName::get).toList()))
                .toList();
    }

    /** Returns the words of the command of Redis that publishes an event to the channel. */
    protected abstract List<String> command(String channel, String event);

    /** Returns true when the number of the database matters for {@link #command}. */
    protected boolean isInDatabase() {
        return false;
    }

    @Override
    public final void start() {
        feeds.forEach(RedisFeed::start);
        unread.start(this::joinedHealth);
    }

    /** Keeps an answer for a moment: the metrics ask once for each channel. */
    @Override
    public final SourceHealth health() {
        long nowNs = clients.nanoClock().getAsLong();
        Answer last = answer;
        if (last == null || nowNs - last.timeNs() > ANSWER_LIFETIME_NS) {
            last = new Answer(nowNs, unread.amend(joinedHealth()));
            answer = last;
        }
        return last.health();
    }

    /** Ready when one feed is, and each has had its first chance. */
    private SourceHealth joinedHealth() {
        List<SourceHealth> all = new ArrayList<>();
        List<SourceHealth> away = new ArrayList<>();
        SourceHealth starting = null;
        for (RedisFeed feed : feeds) {
            boolean first = feed.isStarting();
            SourceHealth health = feed.health();
            all.add(health);
            if (!health.ready()) {
                away.add(health);
                starting = first ? health : starting;
            }
        }
        if (starting != null || away.size() == all.size()) {
            SourceHealth reason = starting != null ? starting : away.get(0);
            String share = all.size() == 1 ? "" : away.size() + " of " + all.size() + " slots: ";
            return new SourceHealth(false, share + reason.describe());
        }
        Map<String, String> unreadable = new LinkedHashMap<>();
        all.forEach(health -> unreadable.putAll(health.unreadable()));
        return new SourceHealth(
                true,
                all.stream()
                        .filter(SourceHealth::ready)
                        .map(SourceHealth::detail)
                        .distinct()
                        .collect(Collectors.joining("; ")),
                unreadable);
    }

    @Override
    public final @Nullable String fatal() {
        return clients.fatal();
    }

    @Override
    public final Publisher publisher() {
        return publisher;
    }

    @Override
    public final String publishCommand(String channel) {
        return clients.cli().line(command(ChannelExample.of(channel), SAMPLE), isInDatabase());
    }

    @Override
    public final boolean isCommandPublic() {
        return clients.cli().isPublic();
    }

    @Override
    public final boolean isProbing() {
        return true;
    }

    @Override
    public final void clientsSentAway(int withinMs) {
        CompletableFuture<?>[] told = feeds.stream()
                .map(feed -> feed.clientsSentAway(withinMs).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(told).get(TELL_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.debug("Redis does not know that clients were sent away", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public final void close() {
        unread.close();
        feeds.forEach(RedisFeed::close);
        clients.close();
    }
}

package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A Redis Cluster. Its nodes are asked which of them serves which slot: every five seconds while a feed watches its
 * connection, and whenever a caller needs to know for sure, such as after a failure. Thread-safe.
 *
 * <p>Commands go over plain connections to the nodes. Lettuce's connection to a cluster either refuses the first
 * command to each node or keeps commands while the node is away, and repeats those that were in flight, so that an event
 * might be published twice.
 */
final class ClusterTopology implements RedisTopology {
    private static final long REFRESH_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

    private final RedisURI data;
    private final RedisClusterClient client;
    private final RedisClient commandClient;
    private final PendingConnects attempts;
    private final LongSupplier nanoClock;
    private final Map<RedisURI, SingleRedis.CommandConnection> connections = new ConcurrentHashMap<>();
    /** Lettuce's own object, which it keeps up to date; null until the nodes have been asked once. */
    private volatile @Nullable Partitions partitions;

    private @Nullable CompletableFuture<Partitions> refresh;
    private long refreshedAtNs;

    /**
     * Takes ownership of the clients.
     *
     * @param data how to connect to a node, except host and port
     */
    ClusterTopology(
            RedisURI data,
            RedisClusterClient client,
            RedisClient commandClient,
            PendingConnects attempts,
            LongSupplier nanoClock) {
        this.data = data;
        this.client = client;
        this.attempts = attempts;
        this.commandClient = commandClient;
        this.nanoClock = nanoClock;
        this.refreshedAtNs = nanoClock.getAsLong();
    }

    @Override
    public List<List<String>> groups(List<String> names) {
        return List.copyOf(
                names.stream().collect(Collectors.groupingBy(SlotHash::getSlot)).values());
    }

    /** Asks one question at a time: it goes to every node, and many callers may ask when a node is gone. */
    private synchronized CompletableFuture<Partitions> refresh() {
        if (refresh == null || refresh.isDone()) {
            refreshedAtNs = nanoClock.getAsLong();
            refresh = attempts.begin(client::refreshPartitionsAsync)
                    .thenApply(done -> partitions = client.getPartitions());
        }
        return refresh;
    }

    private synchronized boolean isOld() {
        return nanoClock.getAsLong() - refreshedAtNs > REFRESH_INTERVAL_NS;
    }

    @Override
    public CompletionStage<RedisURI> locate(String name) {
        return refresh()
                .thenApply(now -> owner(now, name)
                        .orElseThrow(() -> new IllegalStateException("no node serves the slot of " + name)));
    }

    @Override
    public CompletionStage<Optional<RedisURI>> lastKnown(String name) {
        if (isOld()) {
            refresh();
        }
        Partitions last = partitions;
        return CompletableFuture.completedFuture(last == null ? Optional.empty() : owner(last, name));
    }

    private Optional<RedisURI> owner(Partitions nodes, String name) {
        RedisClusterNode node = nodes.getPartitionBySlot(SlotHash.getSlot(name));
        return Optional.ofNullable(node)
                .map(RedisClusterNode::getUri)
                .map(uri -> RedisURI.builder(data)
                        .withHost(uri.getHost())
                        .withPort(uri.getPort())
                        .build());
    }

    @Override
    public CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name) {
        return lastKnown(name)
                .thenCompose(known -> known.<CompletionStage<RedisURI>>map(CompletableFuture::completedFuture)
                        .orElseGet(() -> locate(name)))
                .thenCompose(node -> connections
                        .computeIfAbsent(node, absent -> new SingleRedis.CommandConnection(commandClient, attempts))
                        .commands(() -> CompletableFuture.completedFuture(node)));
    }

    /** Uses the shared connection: the node that serves the name is known, and its address leads to no other one. */
    @Override
    public <T> CompletionStage<T> callAsNewClient(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> call) {
        return commands(name).thenCompose(call);
    }

    @Override
    public void reconnect() {
        connections.values().forEach(SingleRedis.CommandConnection::end);
    }

    @Override
    public void close() {
        // This closes the connections too.
        commandClient.shutdown(0, 1, TimeUnit.SECONDS);
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}

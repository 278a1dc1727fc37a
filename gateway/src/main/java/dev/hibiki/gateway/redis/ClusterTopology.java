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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A Redis Cluster. Who serves what is asked of its nodes every five seconds while somebody watches, and whenever somebody wants to know for sure,
 * as all do after a failure. Thread-safe.
 *
 * <p>Commands go over plain connections of ours to the nodes. Lettuce's connection to a cluster either refuses the first
 * command to each node or keeps commands while the node is away, and repeats those that were in flight, so that an event
 * might be published twice.
 */
final class ClusterTopology implements RedisTopology {
    private static final long REFRESH_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);

    private final RedisURI data;
    private final RedisClusterClient client;
    private final RedisClient commandClient;
    private final PendingConnects attempts;
    private final Map<RedisURI, CommandConnection> connections = new ConcurrentHashMap<>();
    /** Lettuce's own, which it keeps up to date; null until it has asked once. */
    private volatile @Nullable Partitions partitions;

    private @Nullable CompletableFuture<Partitions> refresh;
    private long refreshedAtNs = System.nanoTime();

    /**
     * Takes the clients over.
     *
     * @param data how to connect to a node, but for host and port
     */
    ClusterTopology(RedisURI data, RedisClusterClient client, RedisClient commandClient, PendingConnects attempts) {
        this.data = data;
        this.client = client;
        this.attempts = attempts;
        this.commandClient = commandClient;
    }

    @Override
    public List<List<String>> groups(List<String> names) {
        return List.copyOf(
                names.stream().collect(Collectors.groupingBy(SlotHash::getSlot)).values());
    }

    /** One question at a time: it goes to every node, and many may ask when one of them is gone. */
    private synchronized CompletableFuture<Partitions> refresh() {
        if (refresh == null || refresh.isDone()) {
            refreshedAtNs = System.nanoTime();
            refresh = attempts.begin(client::refreshPartitionsAsync)
                    .thenApply(done -> partitions = client.getPartitions());
        }
        return refresh;
    }

    private synchronized boolean isOld() {
        return System.nanoTime() - refreshedAtNs > REFRESH_INTERVAL_NS;
    }

    @Override
    public CompletionStage<RedisURI> locate(String name) {
        return refresh()
                .thenApply(now -> owner(now, name)
                        .orElseThrow(() -> new IllegalStateException("no node serves the slot of " + name)));
    }

    @Override
    public CompletionStage<Optional<RedisURI>> glance(String name) {
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
        return glance(name)
                .thenCompose(known -> known.<CompletionStage<RedisURI>>map(CompletableFuture::completedFuture)
                        .orElseGet(() -> locate(name)))
                .thenCompose(node -> connections
                        .computeIfAbsent(node, absent -> new CommandConnection(commandClient, attempts))
                        .commands(() -> CompletableFuture.completedFuture(node)));
    }

    /** Over the connection that all share: which node serves the name is known, and no address leads elsewhere. */
    @Override
    public <T> CompletionStage<T> once(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> question) {
        return commands(name).thenCompose(question);
    }

    @Override
    public void reconnect() {
        connections.values().forEach(CommandConnection::end);
    }

    @Override
    public void close() {
        // Closes the connections too.
        commandClient.shutdown(0, 1, TimeUnit.SECONDS);
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}

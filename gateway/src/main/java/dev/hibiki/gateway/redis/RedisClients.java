package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.redis.address.RedisAddress;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.StaticCredentialsProvider;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandHandler;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes clients of Redis, and tells which Redis serves a channel or a key. This is the one place that knows whether Redis is
 * a single one, one behind Sentinels, or a cluster. The clients have event loops of their own, so that a busy Redis and busy
 * browsers do not wait for each other. Thread-safe.
 */
public final class RedisClients implements AutoCloseable {
    public static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    /** What Redis shows in {@code CLIENT LIST}. */
    private static final String CLIENT_NAME = "hibiki";

    private static final NettyCustomizer NO_GUARD = new NettyCustomizer() {};
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration TOPOLOGY_TIMEOUT = Duration.ofSeconds(1);

    private final RedisSettings settings;
    private final LongSupplier nanoClock;
    private final String address;
    private final PendingConnects attempts = new PendingConnects();
    private final RedisTopology topology;
    private final WatchedLoops loops = new WatchedLoops(2);
    private final ClientResources resources = DefaultClientResources.builder()
            .eventLoopGroupProvider(loops)
            .nettyCustomizer(DecodingGuard.beforeDecoders())
            .computationThreadPoolSize(2)
            .build();

    private final Queue<ClientResources> ownResources = new ConcurrentLinkedQueue<>();

    public RedisClients(RedisSettings settings, LongSupplier nanoClock) {
        this.settings = settings;
        this.nanoClock = nanoClock;
        RedisAddress redis = settings.address();
        prepare(redis.data());
        redis.seeds().forEach(this::prepare);
        String seeds = redis.seeds().stream().map(RedisAddress::where).collect(Collectors.joining(","));
        address = switch (redis.kind()) {
            case STANDALONE -> seeds;
            case SENTINEL -> redis.master() + " of the Sentinels " + seeds;
            case CLUSTER -> "the cluster of " + seeds;
        };
        RedisClient client = newOneShotClient();
        topology = switch (redis.kind()) {
            case STANDALONE -> new SingleRedis(() -> CompletableFuture.completedFuture(redis.data()), client, attempts);
            case SENTINEL -> {
                Sentinels sentinels = new Sentinels(redis.master(), redis.data(), redis.seeds(), client, attempts);
                yield new SingleRedis(sentinels::locateMaster, client, attempts);
            }
            case CLUSTER ->
                new ClusterTopology(redis.data(), newClusterClient(redis.seeds()), client, attempts, nanoClock);
        };
    }

    private void prepare(RedisURI uri) {
        uri.setTimeout(COMMAND_TIMEOUT);
        uri.setClientName(CLIENT_NAME);
        // Else Lettuce sends CLIENT SETINFO on each connection, which a user without that right is refused.
        uri.setLibraryName("");
        uri.setLibraryVersion("");
        // Else Lettuce goes on with the handshake on another thread, and sometimes returns a connection that refuses
        // commands yet.
        uri.setCredentialsProvider(new StaticCredentialsProvider(
                uri.getCredentialsProvider().resolveCredentials().toFuture().join()));
        uri.setVerifyPeer(
                switch (settings.tls().verify()) {
                    case FULL -> SslVerifyMode.FULL;
                    case CA -> SslVerifyMode.CA;
                    case NONE -> SslVerifyMode.NONE;
                });
    }

    /** Returns hosts and ports, without credentials. */
    public String address() {
        return address;
    }

    /** Returns {@link #address()} with the node that serves the channels; null while that is not known. */
    String address(@Nullable RedisURI node) {
        return node == null || settings.address().kind() == RedisAddress.Kind.STANDALONE
                ? address
                : address + ", node " + RedisAddress.where(node);
    }

    /** As {@link #address(RedisURI)}; in a cluster, where others go on, also which channels or keys are read there. */
    String described(@Nullable RedisURI node, List<String> entries) {
        if (!isCluster()) {
            return address(node);
        }
        int more = entries.size() - 1;
        return address(node) + ", for \"" + entries.get(0) + '"' + (more == 0 ? "" : " and " + more + " more");
    }

    /** Returns host and port of the node, or {@link #address()} while that is not known. */
    String nodeAddress(@Nullable RedisURI node) {
        return node == null ? address : RedisAddress.where(node);
    }

    /** Returns the number of the database of Redis. */
    public int database() {
        return settings.address().database();
    }

    /** Writes commands that people can paste. */
    RedisCli cli() {
        return new RedisCli(settings);
    }

    /** The clock of the source, as {@link System#nanoTime}. */
    public LongSupplier nanoClock() {
        return nanoClock;
    }

    public boolean isCluster() {
        return settings.address().isCluster();
    }

    /** Returns true when the channels are those of sharded Pub/Sub. */
    public boolean isSharded() {
        return settings.sharded();
    }

    /** Sorts channels or keys into groups; one connection can serve all of a group. */
    public List<List<String>> groups(List<String> names) {
        return topology.groups(names);
    }

    /** Asks which Redis serves a channel or a key now; fails when that cannot be found out. */
    public CompletionStage<RedisURI> locate(String name) {
        return topology.locate(name);
    }

    /** Fails when another Redis than this one is known to serve the channel or key by now. */
    CompletionStage<Void> confirm(RedisURI node, String name) {
        return topology.lastKnown(name)
                .thenCompose(known -> known.filter(now -> !now.equals(node))
                        .<CompletionStage<Void>>map(now -> CompletableFuture.failedFuture(new IllegalStateException(name
                                + " has moved from " + RedisAddress.where(node) + " to " + RedisAddress.where(now))))
                        .orElseGet(() -> CompletableFuture.completedFuture(null)));
    }

    /**
     * Returns commands to the Redis that serves a channel or a key, over a connection that all callers share. After a failure
     * {@link #locate} finds out whether another Redis serves it by now.
     */
    public CompletionStage<RedisClusterAsyncCommands<String, byte[]>> commands(String name) {
        return topology.commands(name);
    }

    /** As {@link RedisTopology#callAsNewClient}. */
    <T> CompletionStage<T> callAsNewClient(
            String name, Function<RedisClusterAsyncCommands<String, byte[]>, CompletionStage<T>> call) {
        return topology.callAsNewClient(name, call);
    }

    /** As {@link RedisTopology#reconnect}. */
    void reconnect() {
        topology.reconnect();
    }

    /** Counts the attempts to connect; every attempt begins with it. */
    PendingConnects attempts() {
        return attempts;
    }

    /** Makes a client whose connections end for good when they break. */
    public RedisClient newOneShotClient() {
        // RESP3 pushes are decoded twice.
        return client(resources, ProtocolVersion.RESP2);
    }

    /**
     * Makes such a client without a time-out of commands.
     *
     * @param filter makes the handler that stands between the socket of a connection and its decoder
     */
    public RedisClient newFilteredClient(Supplier<? extends ChannelHandler> filter) {
        RedisClient client = RedisClient.create(withFilter(NO_GUARD, CommandHandler.class, filter));
        client.setOptions(withDefaults(ClientOptions.builder(), ProtocolVersion.RESP2)
                .timeoutOptions(TimeoutOptions.create())
                .build());
        return client;
    }

    /**
     * Makes such a client for subscriptions.
     *
     * @param filter as in {@link #newFilteredClient}
     */
    public RedisClient newSubscribingClient(Supplier<? extends ChannelHandler> filter) {
        ClientResources own = withFilter(DecodingGuard.beforeDecoders(), DecodingGuard.class, filter);
        // Over RESP2, Lettuce 7.7 takes a sharded message for the answer to a command that waits for one.
        return client(own, isSharded() ? ProtocolVersion.RESP3 : ProtocolVersion.RESP2);
    }

    private ClientResources withFilter(
            NettyCustomizer guard, Class<? extends ChannelHandler> next, Supplier<? extends ChannelHandler> filter) {
        NettyCustomizer customizer = new NettyCustomizer() {
            @Override
            public void afterChannelInitialized(Channel channel) {
                guard.afterChannelInitialized(channel);
                ChannelPipeline pipeline = channel.pipeline();
                pipeline.addBefore(pipeline.context(next).name(), null, filter.get());
            }
        };
        ClientResources own = resources.mutate().nettyCustomizer(customizer).build(); // With the same threads.
        ownResources.add(own);
        return own;
    }

    /** Says that a thread of Lettuce has ended; null while all live. */
    @Nullable String fatal() {
        return loops.ended();
    }

    private RedisClient client(ClientResources of, ProtocolVersion protocol) {
        RedisClient client = RedisClient.create(of);
        client.setOptions(withDefaults(ClientOptions.builder(), protocol).build());
        return client;
    }

    /** Makes the client that only asks nodes which slots they serve. It does not wait long for a node that hangs. */
    private RedisClusterClient newClusterClient(List<RedisURI> seeds) {
        seeds.forEach(seed -> seed.setTimeout(TOPOLOGY_TIMEOUT));
        RedisClusterClient client = RedisClusterClient.create(resources, seeds);
        client.setOptions(withDefaults(ClusterClientOptions.builder(), ProtocolVersion.RESP2)
                .socketOptions(socketOptions(TOPOLOGY_TIMEOUT))
                .build());
        return client;
    }

    private static SocketOptions socketOptions(Duration connectTimeout) {
        return SocketOptions.builder()
                .connectTimeout(connectTimeout)
                .keepAlive(true)
                .build();
    }

    private <B extends ClientOptions.Builder> B withDefaults(B options, ProtocolVersion protocol) {
        options.protocolVersion(protocol)
                .autoReconnect(false)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .timeoutOptions(TimeoutOptions.enabled(COMMAND_TIMEOUT))
                .socketOptions(socketOptions(CONNECT_TIMEOUT))
                .sslOptions(settings.tls().options(CONNECT_TIMEOUT));
        return options;
    }

    @Override
    public void close() {
        attempts.close();
        topology.close();
        ownResources.forEach(own -> own.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly());
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        loops.close();
    }
}

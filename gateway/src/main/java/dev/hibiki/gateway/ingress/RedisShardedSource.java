package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.hub.ChannelSpec;
import dev.hibiki.gateway.hub.ChannelTable;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Events from the sharded Pub/Sub of a Redis Cluster: one {@link RedisPubSubSource} for each slot that has channels, since a
 * slot is what moves from node to node. Where one slot is away, the others are left alone. Thread-safe.
 */
final class RedisShardedSource implements EventSource {
    private final List<RedisPubSubSource> slots;

    private RedisShardedSource(List<RedisPubSubSource> slots) {
        this.slots = slots;
    }

    static RedisShardedSource of(RedisClients clients, ChannelTable table, Ingest ingest) {
        Map<String, ChannelSpec> entries =
                table.entries().stream().collect(Collectors.toMap(ChannelSpec::name, Function.identity()));
        List<String> names = table.entries().stream().map(ChannelSpec::name).toList();
        return new RedisShardedSource(clients.groups(names).stream()
                .map(group -> new RedisPubSubSource(
                        clients, group.stream().map(entries::get).toList(), ingest))
                .toList());
    }

    @Override
    public void start() {
        slots.forEach(RedisPubSubSource::start);
    }

    @Override
    public SourceState state() {
        List<SourceState> states = slots.stream().map(RedisPubSubSource::state).toList();
        List<SourceState> away = states.stream().filter(state -> !state.ready()).toList();
        if (!away.isEmpty()) {
            return new SourceState(
                    false,
                    away.size() + " of " + states.size() + " slots: "
                            + away.get(0).detail());
        }
        return new SourceState(
                true, states.stream().map(SourceState::detail).distinct().collect(Collectors.joining("; ")));
    }

    @Override
    public String name() {
        return "redis";
    }

    @Override
    public void close() {
        slots.forEach(RedisPubSubSource::close);
    }
}

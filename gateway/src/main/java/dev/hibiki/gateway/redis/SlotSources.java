package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceHealth;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Events from a Redis Cluster: one source for each slot that has channels or keys, since a slot is what moves from node to
 * node. Where one slot is away, the others are left alone. Thread-safe.
 */
public final class SlotSources implements EventSource {
    private final List<EventSource> slots;

    private SlotSources(List<EventSource> slots) {
        this.slots = slots;
    }

    /** @param ofSlot makes the source of entries that one Redis serves; where that is all of them, it is the result */
    public static EventSource of(
            RedisClients clients, List<ChannelSpec> entries, Function<List<ChannelSpec>, EventSource> ofSlot) {
        Map<String, ChannelSpec> byName =
                entries.stream().collect(Collectors.toMap(ChannelSpec::name, Function.identity()));
        List<String> names = entries.stream().map(ChannelSpec::name).toList();
        List<EventSource> slots = clients.groups(names).stream()
                .map(group -> ofSlot.apply(group.stream().map(byName::get).toList()))
                .toList();
        return slots.size() == 1 ? slots.get(0) : new SlotSources(slots);
    }

    @Override
    public void start() {
        slots.forEach(EventSource::start);
    }

    @Override
    public SourceHealth state() {
        List<SourceHealth> states = slots.stream().map(EventSource::state).toList();
        List<SourceHealth> away =
                states.stream().filter(state -> !state.ready()).toList();
        if (!away.isEmpty()) {
            return new SourceHealth(
                    false,
                    away.size() + " of " + states.size() + " slots: "
                            + away.get(0).detail());
        }
        return new SourceHealth(
                true, states.stream().map(SourceHealth::detail).distinct().collect(Collectors.joining("; ")));
    }

    @Override
    public String name() {
        return slots.get(0).name();
    }

    @Override
    public void close() {
        slots.forEach(EventSource::close);
    }
}

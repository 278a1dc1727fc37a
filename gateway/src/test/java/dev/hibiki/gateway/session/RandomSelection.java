package dev.hibiki.gateway.session;

import dev.hibiki.gateway.session.ScheduleClient.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Draws what the clients of a schedule ask for: regions by channel, where an empty list is the whole channel. Confined to the thread of the test. */
final class RandomSelection {
    private final List<String> channels;
    private final Random random;

    RandomSelection(List<String> channels, Random random) {
        this.channels = channels;
        this.random = random;
    }

    /** Some channels, with the same regions for each, as a request has them. */
    Map<String, List<String>> selection() {
        Map<String, List<String>> selection = new LinkedHashMap<>();
        List<String> regions = regions();
        int count = 1 + random.nextInt(channels.size());
        while (selection.size() < count) {
            selection.put(channel(), regions);
        }
        return selection;
    }

    String channel() {
        return channels.get(random.nextInt(channels.size()));
    }

    /** None, one, or rarely two; sometimes one that no event has. */
    List<String> regions() {
        String one = ScheduleGateway.REGIONS.get(random.nextInt(3));
        String other = ScheduleGateway.REGIONS.get(random.nextInt(3));
        return switch (random.nextInt(9)) {
            case 0, 1, 2, 3 -> List.of();
            case 4, 5, 6 -> List.of(one);
            case 7 -> one.equals(other) ? List.of(one) : List.of(one, other);
            default -> List.of("nowhere");
        };
    }

    /** The path and query of a request. */
    static String target(Kind kind, Map<String, List<String>> selection, @Nullable Integer lastId) {
        Stream<String> asked = selection.keySet().stream().map(channel -> "channel=" + channel);
        Stream<String> regions = selection.values().iterator().next().stream().map(region -> "region=" + region);
        Stream<String> last = lastId == null ? Stream.of() : Stream.of("last_id=" + Participant.id(lastId));
        return Stream.of(asked, regions, last)
                .flatMap(part -> part)
                .collect(Collectors.joining("&", kind == Kind.EVENT_STREAM ? "/sse?" : "/ws?", ""));
    }
}

package dev.hibiki.gateway.redis;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices streams with the names of channels of Pub/Sub that become longer. It asks for lengths only, since entries may be large:
 * so it does not notice a stream that each XADD trims to the same length.
 */
public final class UnreadStreams implements UnreadWay {
    private static final Logger log = LoggerFactory.getLogger(UnreadStreams.class);

    private final RedisClients clients;
    /** Those at the last look. */
    private final Map<String, Long> lengths = new HashMap<>();
    /** Keys that are no streams. */
    private final Set<String> others = new HashSet<>();

    private boolean refused;

    public UnreadStreams(RedisClients clients) {
        this.clients = clients;
    }

    @Override
    public String seen(String channel) {
        return "there is a stream with the name \"" + channel + "\" that grows, while this gateway reads Pub/Sub";
    }

    @Override
    public String readWith() {
        return "--source streams";
    }

    @Override
    public void look(Collection<String> channels, Consumer<String> found) {
        lengths.keySet().retainAll(channels);
        for (String channel : channels) {
            if (!others.contains(channel) && !look(channel, found)) {
                return;
            }
        }
    }

    /** @return false when Redis cannot be asked for others */
    private boolean look(String channel, Consumer<String> found) {
        if (refused) {
            return false;
        }
        try {
            long length = UnreadEvents.await(clients.commands(channel).thenCompose(to -> to.xlen(channel)));
            Long before = lengths.put(channel, length);
            if (before != null && before < length) {
                found.accept(channel);
            }
            return true;
        } catch (RuntimeException e) {
            log.debug("Cannot ask for the length of {}: {}", channel, RedisFailure.reason(e));
            refused = RedisFailure.isRefusal(e) || RedisFailure.isOf(e, "ERR unknown command");
            return RedisFailure.isOf(e, "WRONGTYPE") && others.add(channel);
        }
    }
}

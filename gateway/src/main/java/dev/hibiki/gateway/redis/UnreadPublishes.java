package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices PUBLISH to names that are read in another way. It subscribes to them on a connection of its own, and unsubscribes
 * from each at the first message. In a cluster, PUBLISH reaches every node, so one connection is enough.
 */
public final class UnreadPublishes implements UnreadWay {
    private static final Logger log = LoggerFactory.getLogger(UnreadPublishes.class);
    /** The payloads do not matter. */
    private static final int MAX_PAYLOAD_BYTES = 64 << 10;

    private static final int MAX_NAMES = 1_000;

    private final RedisClients clients;
    private final List<String> names;
    private final String instead;
    private final String readWith;
    private final RedisClient client;
    /** Names that have been found, and those that Redis refuses. */
    private final Set<String> done = ConcurrentHashMap.newKeySet();

    private volatile @Nullable StatefulRedisPubSubConnection<String, byte[]> connection;

    /**
     * Makes a listener that is not connected.
     *
     * @param instead what the gateway reads, such as "streams"
     * @param readWith the option with which it reads what PUBLISH sends
     */
    public UnreadPublishes(RedisClients clients, List<String> names, String instead, String readWith) {
        this.clients = clients;
        this.names = names.stream().limit(MAX_NAMES).toList();
        this.instead = instead;
        this.readWith = readWith;
        this.client = clients.newSubscribingClient(() -> AnswerFilter.patient(MAX_PAYLOAD_BYTES));
    }

    @Override
    public String described() {
        return "by PUBLISH, while this gateway reads " + instead;
    }

    @Override
    public String readWith() {
        return readWith;
    }

    @Override
    public void look(Consumer<String> found) {
        StatefulRedisPubSubConnection<String, byte[]> last = connection;
        if ((last != null && last.isOpen()) || done.size() == names.size()) {
            return;
        }
        if (last != null) {
            last.closeAsync();
        }
        clients.locate(names.get(0))
                .thenCompose(
                        node -> clients.attempts().begin(() -> client.connectPubSubAsync(RedisClients.CODEC, node)))
                .whenComplete((connected, failure) -> {
                    if (failure == null) {
                        connection = connected;
                        listen(connected, found);
                    } else {
                        log.debug("Cannot listen for PUBLISH: {}", RedisFailure.reason(failure));
                    }
                });
    }

    private void listen(StatefulRedisPubSubConnection<String, byte[]> connected, Consumer<String> found) {
        connected.addListener((RedisPubSubListener<String, byte[]>) new RedisPubSubAdapter<String, byte[]>() {
            @Override
            public void message(String channel, byte[] payload) {
                if (done.add(channel)) {
                    connected.async().unsubscribe(channel);
                    found.accept(channel);
                }
            }
        });
        // One command for each: Redis refuses a command as a whole.
        for (String name : names) {
            if (!done.contains(name)) {
                connected.async().subscribe(name).whenComplete((subscribed, failure) -> {
                    if (failure != null && RedisFailure.isOfCommand(failure)) {
                        done.add(name);
                        log.debug("Cannot listen for PUBLISH to {}: {}", name, RedisFailure.reason(failure));
                    }
                });
            }
        }
    }

    @Override
    public void close() {
        clients.attempts().close();
        // This closes the connection too. If it were closed before, Lettuce would warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}

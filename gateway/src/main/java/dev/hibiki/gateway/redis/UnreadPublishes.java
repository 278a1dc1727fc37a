package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.RedisPubSubListener;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices PUBLISH to names that are read in another way. It is subscribed to them on a connection of its own from look to look.
 * In a cluster, PUBLISH reaches every node, so one connection is enough.
 */
public final class UnreadPublishes implements UnreadWay {
    private static final Logger log = LoggerFactory.getLogger(UnreadPublishes.class);
    /** The payloads do not matter. */
    private static final int MAX_PAYLOAD_BYTES = 64 << 10;

    private final RedisClients clients;
    private final String instead;
    private final String readWith;
    private final RedisClient client;
    private final Set<String> subscribed = new HashSet<>();
    private boolean refused;
    private @Nullable StatefulRedisPubSubConnection<String, byte[]> connection;

    /**
     * Makes a listener that is not connected.
     *
     * @param instead what the gateway reads, such as "streams"
     * @param readWith the option with which it reads what PUBLISH sends
     */
    public UnreadPublishes(RedisClients clients, String instead, String readWith) {
        this.clients = clients;
        this.instead = instead;
        this.readWith = readWith;
        this.client = clients.newSubscribingClient(() -> AnswerFilter.patient(MAX_PAYLOAD_BYTES));
    }

    @Override
    public String seen(String channel) {
        return "messages come to \"" + channel + "\" by PUBLISH, while this gateway reads " + instead;
    }

    @Override
    public String readWith() {
        return readWith;
    }

    @Override
    public void look(Collection<String> channels, Consumer<String> found) {
        try {
            unsubscribe(channels);
            for (String channel : channels) {
                if (!refused && !(subscribed.contains(channel) && isConnected())) {
                    UnreadEvents.await(connected(channel, found).async().subscribe(channel));
                    subscribed.add(channel);
                }
            }
        } catch (RuntimeException e) {
            refused |= RedisFailure.isRefusal(e);
            log.debug("Cannot listen for PUBLISH: {}", RedisFailure.reason(e));
        }
        if (subscribed.isEmpty() || !channels.containsAll(subscribed)) {
            disconnect();
        }
    }

    private void unsubscribe(Collection<String> wanted) {
        for (String channel : List.copyOf(subscribed)) {
            StatefulRedisPubSubConnection<String, byte[]> open = connection;
            if (!wanted.contains(channel) && open != null) {
                UnreadEvents.await(open.async().unsubscribe(channel));
                subscribed.remove(channel);
            }
        }
    }

    private boolean isConnected() {
        return connection != null && connection.isOpen();
    }

    private StatefulRedisPubSubConnection<String, byte[]> connected(String channel, Consumer<String> found) {
        StatefulRedisPubSubConnection<String, byte[]> last = connection;
        if (last != null && last.isOpen()) {
            return last;
        }
        disconnect();
        StatefulRedisPubSubConnection<String, byte[]> made = UnreadEvents.await(clients.locate(channel)
                .thenCompose(
                        node -> clients.attempts().begin(() -> client.connectPubSubAsync(RedisClients.CODEC, node))));
        made.addListener((RedisPubSubListener<String, byte[]>) new RedisPubSubAdapter<String, byte[]>() {
            @Override
            public void message(String name, byte[] payload) {
                found.accept(name);
            }
        });
        connection = made;
        return made;
    }

    private void disconnect() {
        subscribed.clear();
        if (connection != null) {
            connection.closeAsync();
            connection = null;
        }
    }

    @Override
    public void close() {
        clients.attempts().close();
        // This closes the connection too. If it were closed before, Lettuce would warn that it is closed twice.
        client.shutdown(0, 1, TimeUnit.SECONDS);
    }
}

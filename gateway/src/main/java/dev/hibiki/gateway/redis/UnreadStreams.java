package dev.hibiki.gateway.redis;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notices XADD to names of channels of Pub/Sub: asks for the type of the keys with these names. */
public final class UnreadStreams implements UnreadWay {
    private static final Logger log = LoggerFactory.getLogger(UnreadStreams.class);
    private static final int MAX_NAMES = 1_000;

    private final RedisClients clients;
    private final List<String> names;
    private final Set<String> found = ConcurrentHashMap.newKeySet();
    private volatile boolean refused;

    public UnreadStreams(RedisClients clients, List<String> names) {
        this.clients = clients;
        this.names = names.stream().limit(MAX_NAMES).toList();
    }

    @Override
    public String described() {
        return "by XADD, while this gateway reads Pub/Sub";
    }

    @Override
    public String readWith() {
        return "--source streams";
    }

    /** One refusal is enough: Redis notes each in its ACL LOG. */
    @Override
    public void look(Consumer<String> onFound) {
        for (String name : names) {
            if (refused) {
                return;
            }
            if (!found.contains(name)) {
                clients.commands(name)
                        .thenCompose(commands -> commands.type(name))
                        .whenComplete((type, failure) -> {
                            if (failure == null && type.equals("stream") && found.add(name)) {
                                onFound.accept(name);
                            } else if (failure != null) {
                                refused |= RedisFailure.isRefusal(failure);
                                log.debug("Cannot ask for the type of {}: {}", name, RedisFailure.reason(failure));
                            }
                        });
            }
        }
    }
}

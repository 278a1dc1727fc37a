package dev.hibiki.gateway.ingress;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Makes Redis clients on event loops of their own, so that a busy Redis and busy browsers do not wait for each other. */
public final class RedisClients implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(3);

    private final RedisURI uri;
    private final ClientResources resources = DefaultClientResources.builder()
            .ioThreadPoolSize(2)
            .computationThreadPoolSize(2)
            .reconnectDelay(Delay.fullJitter(Duration.ofMillis(50), Duration.ofSeconds(3), 100, TimeUnit.MILLISECONDS))
            .build();

    public RedisClients(String uri) {
        this.uri = RedisURI.create(uri);
        this.uri.setTimeout(COMMAND_TIMEOUT);
        this.uri.setClientName("hibiki");
    }

    /** Host and port, without credentials. */
    public String address() {
        return uri.getHost() + ':' + uri.getPort();
    }

    RedisURI uri() {
        return uri;
    }

    /** A client whose connections end for good when they break. */
    RedisClient newOneShotClient() {
        return client(false);
    }

    /** A client whose connections come back by themselves; what is sent meanwhile fails at once. */
    RedisClient newReconnectingClient() {
        return client(true);
    }

    private RedisClient client(boolean reconnect) {
        RedisClient client = RedisClient.create(resources, uri);
        client.setOptions(ClientOptions.builder()
                // RESP3 pushes are decoded twice.
                .protocolVersion(ProtocolVersion.RESP2)
                .autoReconnect(reconnect)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .timeoutOptions(TimeoutOptions.enabled(COMMAND_TIMEOUT))
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(true)
                        .build())
                .build());
        return client;
    }

    @Override
    public void close() {
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}

package dev.hibiki.testing;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Builds a {@link WebSocketSwarm}. Confined to the thread of the test until the swarm starts. */
public final class WebSocketSwarmBuilder {
    private static final long NO_SEQUENCE = -1;

    private final URI uri;
    private final InetSocketAddress address;
    private final Map<String, String> headers = new TreeMap<>();
    private ToLongFunction<byte[]> sequence = payload -> NO_SEQUENCE;
    private IntFunction<Consumer<byte[]>> observer = client -> payload -> {};
    private IntFunction<String> target = client -> "";
    private IntFunction<Returning> returning = client -> (how, refusal) -> null;
    private IntFunction<@Nullable InetSocketAddress> source = client -> null;
    private @Nullable Supplier<SSLEngine> tls;
    private int receiveBufferBytes;

    WebSocketSwarmBuilder(URI uri) {
        this.uri = uri;
        this.address = new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /** Reads the sequence number of a message, to find missing, repeated and reordered ones; a negative number does not count. */
    public WebSocketSwarmBuilder sequence(ToLongFunction<byte[]> reader) {
        sequence = reader;
        return this;
    }

    /**
     * Gives each client, by its number, an observer of its text messages, called on the thread of the swarm. A client whose observer throws
     * an exception loses its connection with that message, and the messages behind it.
     */
    public WebSocketSwarmBuilder observer(IntFunction<Consumer<byte[]>> observerOfClient) {
        observer = observerOfClient;
        return this;
    }

    /** Gives each client, by its number, a request target of its own, such as {@code /ws?region=JP}. */
    public WebSocketSwarmBuilder target(IntFunction<String> targetOfClient) {
        target = targetOfClient;
        return this;
    }

    public WebSocketSwarmBuilder header(String name, String value) {
        headers.put(name, value);
        return this;
    }

    /** Speaks TLS and checks the server's certificate and name against this. */
    public WebSocketSwarmBuilder tls(SSLContext context) {
        return tls(() -> {
            SSLEngine engine = context.createSSLEngine(uri.getHost(), uri.getPort());
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            parameters.setApplicationProtocols(new String[] {"http/1.1"});
            engine.setSSLParameters(parameters);
            engine.setUseClientMode(true);
            return engine;
        });
    }

    /**
     * Speaks TLS with a new client engine for each connection. A handshake with the JDK's engine takes milliseconds, during which the other
     * clients of the swarm wait.
     */
    public WebSocketSwarmBuilder tls(Supplier<SSLEngine> engines) {
        tls = engines;
        return this;
    }

    /** Gives each client, by its number, an address of this machine to connect from, such as any of 127.0.0.0/8. */
    public WebSocketSwarmBuilder from(IntFunction<String> addressOfClient) {
        source = client -> new InetSocketAddress(addressOfClient.apply(client), 0);
        return this;
    }

    /** Lets each client, by its number, reconnect when its connection has ended or was refused. */
    public WebSocketSwarmBuilder returning(IntFunction<Returning> returningOfClient) {
        returning = returningOfClient;
        return this;
    }

    /** Sets SO_RCVBUF, so that the server soon notices a stalled client. */
    public WebSocketSwarmBuilder receiveBufferBytes(int bytes) {
        receiveBufferBytes = bytes;
        return this;
    }

    /** Connects so many clients and waits for all; fails when a client is refused and does not reconnect. */
    public WebSocketSwarm connect(int clients, Duration allowed) {
        WebSocketSwarm swarm = start(clients);
        try {
            swarm.awaitOpen(allowed);
        } catch (RuntimeException | Error e) {
            swarm.close();
            throw e;
        }
        return swarm;
    }

    /** Starts to connect so many clients. */
    public WebSocketSwarm start(int clients) {
        return new WebSocketSwarm(this, clients);
    }

    Handshake handshake(String target) {
        Handshake handshake = new Handshake(uri);
        if (!target.isEmpty()) {
            handshake.requestLine("GET " + target + " HTTP/1.1");
        }
        headers.forEach(handshake::add);
        return handshake;
    }

    /** The target of the client's first request; empty for that of the URI. */
    String target(int client) {
        return target.apply(client);
    }

    Returning returning(int client) {
        return returning.apply(client);
    }

    @Nullable InetSocketAddress source(int client) {
        return source.apply(client);
    }

    /** An engine for one connection; null without TLS. */
    @Nullable SSLEngine tlsEngine() {
        return tls == null ? null : tls.get();
    }

    InetSocketAddress address() {
        return address;
    }

    ToLongFunction<byte[]> sequence() {
        return sequence;
    }

    Consumer<byte[]> observer(int client) {
        return observer.apply(client);
    }

    int receiveBufferBytes() {
        return receiveBufferBytes;
    }
}

package dev.hibiki.testing;

import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.ToLongFunction;

/** How the clients of a {@link WebSocketSwarm} connect and what they watch. Confined to the thread of the test until the swarm starts. */
public final class WebSocketSwarmBuilder {
    private static final long NO_SEQUENCE = -1;

    private final URI uri;
    private final InetSocketAddress address;
    private final Map<String, String> headers = new TreeMap<>();
    private ToLongFunction<byte[]> sequence = payload -> NO_SEQUENCE;
    private IntFunction<Consumer<byte[]>> observer = client -> payload -> {};
    private IntFunction<String> target = client -> "";
    private int receiveBufferBytes;

    WebSocketSwarmBuilder(URI uri) {
        this.uri = uri;
        this.address = new InetSocketAddress(uri.getHost(), uri.getPort());
    }

    /** Reads a message's sequence number, to find what is missing, doubled or out of order; a negative one is not counted. */
    public WebSocketSwarmBuilder sequence(ToLongFunction<byte[]> reader) {
        sequence = reader;
        return this;
    }

    /** Gives each client, by its number, somebody who sees every text message of it, on the thread of the swarm. */
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

    /** Sets SO_RCVBUF, so that the server soon feels a client that is stalled. */
    public WebSocketSwarmBuilder receiveBufferBytes(int bytes) {
        receiveBufferBytes = bytes;
        return this;
    }

    /** Connects so many clients and waits until all are; a client that is refused fails the test. */
    public WebSocketSwarm connect(int clients, Duration allowed) {
        WebSocketSwarm swarm = new WebSocketSwarm(this, clients);
        try {
            swarm.awaitOpen(allowed);
        } catch (RuntimeException | Error e) {
            swarm.close();
            throw e;
        }
        return swarm;
    }

    Handshake handshake(int client) {
        Handshake handshake = new Handshake(uri);
        String own = target.apply(client);
        if (!own.isEmpty()) {
            handshake.requestLine("GET " + own + " HTTP/1.1");
        }
        headers.forEach(handshake::add);
        return handshake;
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

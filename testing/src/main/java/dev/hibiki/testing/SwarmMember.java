package dev.hibiki.testing;

import java.io.IOException;
import java.nio.channels.Selector;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A client of a swarm: its current connection and its counts over all connections. Confined to the swarm's loop. */
final class SwarmMember {
    private final int number;
    private final SwarmLoop loop;
    private final ToLongFunction<byte[]> sequence;
    private final Consumer<byte[]> observer;
    private final Returning returning;
    private final StreamDigest digest = new StreamDigest();
    private final SequenceTracker sequences = new SequenceTracker();
    private String target;
    private long dueNs = System.nanoTime();
    private @Nullable SwarmConnection connection;
    private long messages;
    private long payloadBytes;
    private long pings;
    private int connections;
    private boolean stalled;
    private @Nullable Closure ended;

    SwarmMember(int number, WebSocketSwarmBuilder plan, SwarmLoop loop) {
        this.number = number;
        this.loop = loop;
        sequence = plan.sequence();
        observer = plan.observer(number);
        returning = plan.returning(number);
        target = plan.target(number);
    }

    /** When the next connection is due, as {@link System#nanoTime}. */
    long dueNs() {
        return dueNs;
    }

    void connect(WebSocketSwarmBuilder plan, Selector selector) throws IOException {
        SwarmConnection next = new SwarmConnection(this, plan.handshake(target), loop, selector);
        connection = next;
        next.stall(stalled);
        next.connect(plan.address(), plan.source(number), plan.receiveBufferBytes());
    }

    long messages() {
        return messages;
    }

    boolean isOpen() {
        return connection != null && connection.isOpen();
    }

    /** Whether its connection has ended and no other follows. */
    boolean isOver() {
        return ended != null;
    }

    void send(Frame frame) {
        if (connection != null) {
            connection.send(frame);
        }
    }

    void stall(boolean stall) {
        stalled = stall;
        if (connection != null) {
            connection.stall(stall);
        }
    }

    void abort() throws IOException {
        if (connection != null) {
            connection.abort();
        }
    }

    /** Ends its connection; no other follows. */
    void end(Closure how) {
        if (ended == null) {
            ended = how;
            if (connection != null) {
                connection.end(how);
            }
        }
    }

    /** Called when its handshake has succeeded. */
    void opened() {
        connections++;
        loop.handshakeIsOver();
    }

    void pinged() {
        pings++;
    }

    void received(byte[] text) {
        digest.add(text);
        payloadBytes += text.length;
        long sequenceNumber = sequence.applyAsLong(text);
        if (sequenceNumber >= 0) {
            sequences.add(sequenceNumber);
        }
        observer.accept(text);
        messages++;
    }

    /** Called when its connection has ended. */
    void ended(Closure how, @Nullable HandshakeResponse refusal, boolean wasShakingHands) {
        if (wasShakingHands) {
            loop.handshakeIsOver();
        }
        Returning.Return next = ended != null ? null : returning.after(how, refusal);
        if (next == null) {
            ended = how;
        } else {
            target = next.target();
            dueNs = System.nanoTime() + next.delayMs() * 1_000_000;
            loop.connectWhenDue(this);
        }
    }

    SwarmReport report() {
        return new SwarmReport(
                number,
                isOpen(),
                connections,
                messages,
                payloadBytes,
                digest.value(),
                sequences.first(),
                sequences.highest(),
                sequences.missing(),
                sequences.duplicates(),
                sequences.reordered(),
                pings,
                ended);
    }
}

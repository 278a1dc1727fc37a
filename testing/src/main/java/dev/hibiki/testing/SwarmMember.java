package dev.hibiki.testing;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** One client of a swarm: its socket, its place in the protocol, its tallies. Confined to the swarm's loop. */
final class SwarmMember {
    private static final byte[] NOTHING = {};

    private final int number;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final Handshake handshake;
    private final ToLongFunction<byte[]> sequence;
    private final Consumer<byte[]> observer;
    private final MessageAssembler assembler = new MessageAssembler();
    private final StreamDigest digest = new StreamDigest();
    private final SequenceTracker sequences = new SequenceTracker();
    private final Queue<ByteBuffer> outgoing = new ArrayDeque<>();
    private @Nullable FrameDecoder decoder;
    private byte[] unparsed = NOTHING;
    private long messages;
    private long payloadBytes;
    private long pings;
    private boolean stalled;
    private boolean closeSent;
    private @Nullable Closure goodbye;
    private @Nullable Closure ended;

    SwarmMember(int number, WebSocketSwarmBuilder plan, Selector selector) throws IOException {
        this.number = number;
        handshake = plan.handshake(number);
        sequence = plan.sequence();
        observer = plan.observer(number);
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        if (plan.receiveBufferBytes() > 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, plan.receiveBufferBytes());
        }
        key = channel.register(selector, SelectionKey.OP_CONNECT, this);
        outgoing.add(ByteBuffer.wrap(handshake.request()));
    }

    /** Begins to connect; to an address of this machine it may succeed or fail at once. */
    void connect(SocketAddress address) {
        try {
            if (channel.connect(address)) {
                flush();
            }
        } catch (IOException e) {
            end(Closure.abnormal(String.valueOf(e.getMessage())));
        }
    }

    long messages() {
        return messages;
    }

    boolean isOpen() {
        return decoder != null && ended == null;
    }

    boolean isOver() {
        return ended != null;
    }

    boolean isShakingHands() {
        return decoder == null && ended == null;
    }

    /** How many bytes are waiting for the rest of their frame. */
    int unparsedBytes() {
        return unparsed.length;
    }

    /** Does what the selector says is possible; {@code shared} is scratch space of the loop. */
    void proceed(ByteBuffer shared) {
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                flush();
            }
            if (key.isValid() && key.isReadable()) {
                read(shared);
            }
            if (key.isValid() && key.isWritable()) {
                flush();
            }
        } catch (IOException e) {
            end(goodbye != null ? goodbye : Closure.abnormal(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            end(Closure.abnormal("The server broke the protocol: " + e.getMessage()));
        }
    }

    private void read(ByteBuffer shared) throws IOException {
        shared.clear().put(unparsed);
        int count = channel.read(shared);
        shared.flip();
        parse(shared);
        unparsed = NOTHING;
        if (shared.hasRemaining()) {
            unparsed = new byte[shared.remaining()];
            shared.get(unparsed);
        }
        if (count < 0) {
            end(goodbye != null ? goodbye : Closure.abnormal("the stream ended"));
        }
    }

    private void parse(ByteBuffer in) {
        if (decoder == null) {
            HandshakeResponse response = HandshakeResponse.parseHead(in);
            if (response == null) {
                return;
            }
            if (response.status() != 101) {
                end(Closure.abnormal("refused: " + response));
                return;
            }
            handshake.verify(response);
            decoder = new FrameDecoder(Handshake.agreesToDeflate(response));
        }
        Frame frame;
        while ((frame = decoder.decode(in)) != null) {
            receive(frame);
        }
    }

    private void receive(Frame frame) {
        switch (frame.opcode()) {
            case Frame.PING -> {
                pings++;
                send(new Frame(true, 0, Frame.PONG, frame.payload()));
            }
            case Frame.PONG -> {}
            case Frame.CLOSE -> {
                goodbye = Closure.of(frame);
                if (!closeSent) {
                    send(new Frame(true, 0, Frame.CLOSE, frame.payload()));
                }
            }
            default -> tally(assembler.add(frame));
        }
    }

    private void tally(@Nullable Frame message) {
        if (message == null || message.opcode() != Frame.TEXT) {
            return;
        }
        digest.add(message.payload());
        payloadBytes += message.payload().length;
        long number = sequence.applyAsLong(message.payload());
        if (number >= 0) {
            sequences.add(number);
        }
        observer.accept(message.payload());
        messages++;
    }

    /** A server that has gone is no failure here: what it sent before is still to be read, and tells how it went. */
    void send(Frame frame) {
        if (ended != null) {
            return;
        }
        closeSent |= frame.opcode() == Frame.CLOSE;
        outgoing.add(ByteBuffer.wrap(frame.masked()));
        try {
            flush();
        } catch (IOException alreadyEnded) {
            outgoing.clear();
            chooseInterest();
        }
    }

    private void flush() throws IOException {
        ByteBuffer next;
        while ((next = outgoing.peek()) != null) {
            channel.write(next);
            if (next.hasRemaining()) {
                break;
            }
            outgoing.remove();
        }
        chooseInterest();
    }

    void stall(boolean stall) {
        stalled = stall;
        if (ended == null && channel.isConnected()) {
            chooseInterest();
        }
    }

    private void chooseInterest() {
        key.interestOps((stalled ? 0 : SelectionKey.OP_READ) | (outgoing.isEmpty() ? 0 : SelectionKey.OP_WRITE));
    }

    /** Ends the connection with a TCP reset. */
    void abort() throws IOException {
        if (ended == null) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            end(Closure.abnormal("aborted by the test"));
        }
    }

    void end(Closure how) {
        if (ended == null) {
            ended = how;
            try {
                channel.close();
            } catch (IOException ignored) {
                // It is gone either way.
            }
        }
    }

    SwarmReport report() {
        return new SwarmReport(
                number,
                isOpen(),
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

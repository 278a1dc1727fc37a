package dev.hibiki.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A connection of a swarm's client: its socket and its protocol state. Confined to the swarm's loop. */
final class SwarmConnection {
    private static final byte[] NOTHING = {};

    private final SwarmMember member;
    private final SocketChannel channel;
    private final SwarmSocket socket;
    private final SelectionKey key;
    private final Handshake handshake;
    private final MessageAssembler assembler = new MessageAssembler();
    private @Nullable FrameDecoder decoder;
    private byte[] unparsed = NOTHING;
    private boolean stalled;
    private boolean closeSent;
    private boolean unheard;
    private @Nullable Closure goodbye;
    private boolean over;

    SwarmConnection(SwarmMember member, Handshake handshake, SwarmLoop loop, Selector selector) throws IOException {
        this.member = member;
        this.handshake = handshake;
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        key = channel.register(selector, SelectionKey.OP_CONNECT, this);
        socket = loop.socket(channel);
    }

    /**
     * Starts to connect; for an address of this machine it may succeed or fail at once.
     *
     * @param from the local address, null for any
     * @param receiveBufferBytes 0 for the kernel's default
     */
    void connect(InetSocketAddress to, @Nullable InetSocketAddress from, int receiveBufferBytes) {
        try {
            if (receiveBufferBytes > 0) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBufferBytes);
            }
            if (from != null) {
                channel.bind(from);
            }
            if (channel.connect(to)) {
                begin();
            }
        } catch (IOException e) {
            end(Closure.abnormal(String.valueOf(e.getMessage())));
        }
    }

    private void begin() throws IOException {
        socket.open();
        socket.write(ByteBuffer.wrap(handshake.request()));
        chooseInterest();
    }

    boolean isOpen() {
        return decoder != null && !over;
    }

    boolean isShakingHands() {
        return decoder == null && !over;
    }

    /** The bytes of an incomplete frame. */
    int unparsedBytes() {
        return unparsed.length;
    }

    /** Connects, reads and writes as the selector allows; {@code shared} is scratch space of the loop. */
    void proceed(ByteBuffer shared) {
        try {
            if (key.isConnectable() && channel.finishConnect()) {
                begin();
            }
            if (key.isValid() && key.isReadable()) {
                read(shared);
            }
            if (key.isValid() && key.isWritable()) {
                socket.flush();
            }
            if (!over && channel.isConnected()) {
                chooseInterest();
            }
        } catch (IOException e) {
            end(goodbye != null ? goodbye : Closure.abnormal(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            end(Closure.abnormal("The server broke the protocol, or the observer threw: " + e.getMessage()));
        }
    }

    private void read(ByteBuffer shared) throws IOException {
        shared.clear().put(unparsed);
        boolean more = socket.read(shared);
        shared.flip();
        parse(shared);
        unparsed = NOTHING;
        if (shared.hasRemaining()) {
            unparsed = new byte[shared.remaining()];
            shared.get(unparsed);
        }
        if (!more) {
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
                end(Closure.abnormal("refused: " + response), response);
                return;
            }
            handshake.verify(response);
            decoder = new FrameDecoder(Handshake.agreesToDeflate(response));
            member.opened();
        }
        Frame frame;
        while ((frame = decoder.decode(in)) != null) {
            receive(frame);
        }
    }

    private void receive(Frame frame) {
        switch (frame.opcode()) {
            case Frame.PING -> {
                member.pinged();
                send(new Frame(true, 0, Frame.PONG, frame.payload()));
            }
            case Frame.PONG -> {}
            case Frame.CLOSE -> {
                goodbye = Closure.of(frame);
                if (!closeSent) {
                    send(new Frame(true, 0, Frame.CLOSE, frame.payload()));
                }
            }
            default -> {
                Frame message = assembler.add(frame);
                if (message != null && message.opcode() == Frame.TEXT) {
                    member.received(message.payload());
                }
            }
        }
    }

    /** Sends a frame. A closed connection is no failure here: the bytes that are still unread tell how it ended. */
    void send(Frame frame) {
        if (over) {
            return;
        }
        closeSent |= frame.opcode() == Frame.CLOSE;
        try {
            socket.write(ByteBuffer.wrap(frame.masked()));
            chooseInterest();
        } catch (IOException alreadyEnded) {
            unheard = true;
            chooseInterest();
        }
    }

    void stall(boolean stall) {
        stalled = stall;
        if (!over && channel.isConnected()) {
            chooseInterest();
        }
    }

    private void chooseInterest() {
        boolean sends = socket.isSending() && !unheard;
        key.interestOps((stalled ? 0 : SelectionKey.OP_READ) | (sends ? SelectionKey.OP_WRITE : 0));
    }

    /** Ends the connection with a TCP reset. */
    void abort() throws IOException {
        if (!over) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            end(Closure.abnormal("aborted by the test"));
        }
    }

    void end(Closure how) {
        end(how, null);
    }

    private void end(Closure how, @Nullable HandshakeResponse refusal) {
        if (!over) {
            boolean wasShakingHands = isShakingHands();
            over = true;
            try {
                channel.close();
            } catch (IOException ignored) {
                // The connection is closed in any case.
            }
            socket.dispose();
            member.ended(how, refusal, wasShakingHands);
        }
    }
}

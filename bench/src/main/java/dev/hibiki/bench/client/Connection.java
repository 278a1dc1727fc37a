package dev.hibiki.bench.client;

import dev.hibiki.bench.measure.SequenceTracker;
import dev.hibiki.bench.wire.Dechunker;
import dev.hibiki.bench.wire.MessageInflater;
import dev.hibiki.bench.wire.MessageSink;
import dev.hibiki.bench.wire.ProtocolException;
import dev.hibiki.bench.wire.ResponseHead;
import dev.hibiki.bench.wire.SseDecoder;
import dev.hibiki.bench.wire.StreamDecoder;
import dev.hibiki.bench.wire.WebSocketDecoder;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One client. Confined to its loop.
 *
 * <p>It reads into the loop's buffer and looks at the messages there; only the start of a message that has not come whole is
 * kept, and put in front of the next read.
 */
final class Connection implements MessageSink {
    private static final byte[] NOTHING = {};
    private static final int NORMAL_CLOSURE = 1000;

    private final ClientLoop loop;
    private final ClientSpec spec;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final SequenceTracker tracker = new SequenceTracker(0);
    private final long startedNs = System.nanoTime();
    private byte[] kept = NOTHING;
    private int keptBytes;
    private @Nullable StreamDecoder decoder;
    private @Nullable Dechunker dechunker;
    private @Nullable MessageInflater inflater;
    private int closeCode = -1;
    private long bytes;

    /** Starts connecting. */
    Connection(ClientLoop loop, ClientSpec spec) throws IOException {
        this.loop = loop;
        this.spec = spec;
        channel = SocketChannel.open();
        try {
            channel.configureBlocking(false);
            if (spec.local() != null) {
                channel.bind(spec.local());
            }
            boolean connected = channel.connect(loop.target().address());
            key = channel.register(loop.selector(), SelectionKey.OP_CONNECT, this);
            if (connected) {
                sendRequest();
            }
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    Role role() {
        return spec.role();
    }

    int region() {
        return spec.region();
    }

    boolean sampled() {
        return spec.sampled();
    }

    SequenceTracker tracker() {
        return tracker;
    }

    boolean open() {
        return decoder != null && channel.isOpen();
    }

    /** When it has had its time. */
    long expiresNs() {
        return spec.lifetimeNs() == Long.MAX_VALUE ? Long.MAX_VALUE : startedNs + spec.lifetimeNs();
    }

    void ready() {
        try {
            if (key.isConnectable()) {
                channel.finishConnect();
                sendRequest();
            } else {
                read();
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    /** Stops reading, or goes on. */
    void reading(boolean wanted) {
        if (key.isValid()) {
            key.interestOps(wanted ? SelectionKey.OP_READ : 0);
        }
    }

    /** Leaves politely. */
    void leave() {
        if (open() && loop.target().protocol() == Protocol.WS) {
            try {
                channel.write(ControlFrames.close(NORMAL_CLOSURE));
            } catch (IOException e) {
                // It is gone already.
            }
        }
        close();
    }

    @Override
    public void onMessage(ByteBuffer in, int from, int to, boolean compressed) throws ProtocolException {
        if (!compressed) {
            loop.recorder().message(this, in, from, to);
        } else if (inflater == null) {
            loop.recorder().unread(this, to - from);
        } else {
            ByteBuffer plain = inflater.inflate(in, from, to);
            loop.recorder().message(this, plain, 0, plain.limit());
        }
    }

    @Override
    public void onPing(ByteBuffer in, int from, int to) {
        try {
            channel.write(ControlFrames.pong(in, from, to));
        } catch (IOException e) {
            closeCode = ControlFrames.ABNORMAL;
        }
    }

    @Override
    public void onClose(int code) {
        closeCode = code;
    }

    private void sendRequest() throws IOException {
        byte[] request = loop.request(spec.region());
        if (channel.write(ByteBuffer.wrap(request)) != request.length) {
            throw new IOException("the opening request was not taken whole");
        }
        key.interestOps(SelectionKey.OP_READ);
    }

    private void read() throws IOException {
        ByteBuffer in = loop.buffer();
        in.clear();
        in.put(kept, 0, keptBytes);
        int raw = keptBytes;
        if (channel.read(in) < 0) {
            throw new EOFException("the server closed the connection");
        }
        loop.recorder().readAt(System.nanoTime());
        int from = 0;
        int to = in.position();
        if (decoder == null) {
            ResponseHead head = ResponseHead.parse(in, 0, to);
            if (head == null) {
                keep(in, 0, to);
                return;
            }
            opened(head);
            from = head.bytes();
            raw = from;
        }
        if (spec.role() == Role.RESUME) {
            count(to - from);
            return;
        }
        if (dechunker != null) {
            to = dechunker.compact(in, raw, to);
        }
        keep(in, decode(in, from, to), to);
        loop.recorder().publishTotals();
        if (closeCode >= 0) {
            throw new EOFException("the server closed with code " + closeCode);
        }
    }

    /** Leaves once enough was read: with a reset, so that no port is kept from the clients that come next. */
    private void count(int read) throws IOException {
        bytes += read;
        keptBytes = 0;
        if (bytes >= spec.bytes()) {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            close();
            loop.resumed(System.nanoTime() - startedNs);
        }
    }

    private int decode(ByteBuffer in, int from, int to) throws IOException {
        return decoder == null ? from : decoder.decode(in, from, to, this);
    }

    private void opened(ResponseHead head) throws IOException {
        Protocol protocol = loop.target().protocol();
        Handshake.check(protocol, head);
        int longest = loop.buffer().capacity() / 2;
        if (protocol == Protocol.WS) {
            decoder = new WebSocketDecoder(longest);
            boolean deflate = head.headerHas("Sec-WebSocket-Extensions", "permessage-deflate");
            if (deflate && spec.sampled()) {
                boolean keeps = !head.headerHas("Sec-WebSocket-Extensions", "server_no_context_takeover");
                inflater = new MessageInflater(keeps, loop.buffer().capacity());
            }
        } else {
            decoder = new SseDecoder(longest);
            dechunker = head.headerHas("Transfer-Encoding", "chunked") ? new Dechunker() : null;
        }
        loop.opened(System.nanoTime() - startedNs);
    }

    private void keep(ByteBuffer in, int from, int to) {
        keptBytes = to - from;
        if (keptBytes > kept.length) {
            kept = new byte[Math.max(keptBytes, 2 * kept.length)];
        }
        in.get(from, kept, 0, keptBytes);
    }

    private void fail(IOException e) {
        boolean wasOpen = decoder != null;
        close();
        loop.failed(this, wasOpen, e);
    }

    private void close() {
        if (inflater != null) {
            inflater.close();
            inflater = null;
        }
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to lose.
        }
    }
}

package dev.hibiki.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;

/** A swarm socket without TLS. Confined to the swarm's loop. */
final class PlainSwarmSocket implements SwarmSocket {
    private final SocketChannel channel;
    private final Queue<ByteBuffer> outgoing = new ArrayDeque<>();

    PlainSwarmSocket(SocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public void open() {}

    @Override
    public boolean read(ByteBuffer into) throws IOException {
        return channel.read(into) >= 0;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        outgoing.add(bytes);
        flush();
    }

    @Override
    public void flush() throws IOException {
        ByteBuffer next;
        while ((next = outgoing.peek()) != null) {
            channel.write(next);
            if (next.hasRemaining()) {
                return;
            }
            outgoing.remove();
        }
    }

    @Override
    public boolean isSending() {
        return !outgoing.isEmpty();
    }

    @Override
    public void dispose() {}
}

package dev.hibiki.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * TLS for thousands of clients on one thread: a connection keeps only its engine and the bytes of an incomplete record. Confined to the swarm's
 * loop, whose sockets share the scratch space.
 */
final class TlsSwarmSocket implements SwarmSocket {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final byte[] NO_BYTES = {};

    /** Scratch space for ciphertext, shared by all sockets of the loop. */
    static final class Scratch {
        /** The limit of one read, so that its plaintext fits into a buffer of the same size. */
        private final ByteBuffer incoming = ByteBuffer.allocateDirect(64 << 10);

        private final ByteBuffer outgoing = ByteBuffer.allocateDirect(32 << 10);
    }

    private final SocketChannel channel;
    private final PlainSwarmSocket wire;
    private final SSLEngine engine;
    private final Scratch scratch;
    /** The bytes to send after the handshake. */
    private final Queue<ByteBuffer> waiting = new ArrayDeque<>();

    private byte[] partOfRecord = NO_BYTES;
    private boolean open;

    TlsSwarmSocket(SocketChannel channel, SSLEngine engine, Scratch scratch) {
        this.channel = channel;
        this.wire = new PlainSwarmSocket(channel);
        this.engine = engine;
        this.scratch = scratch;
    }

    @Override
    public void open() throws IOException {
        engine.beginHandshake();
        shakeHands();
    }

    @Override
    public boolean read(ByteBuffer into) throws IOException {
        ByteBuffer in = scratch.incoming.clear().put(partOfRecord);
        boolean more = channel.read(in) >= 0;
        in.flip();
        SSLEngineResult result;
        do {
            result = engine.unwrap(in, into);
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                throw new IOException("No room for a TLS record: " + into.remaining() + " bytes");
            }
            note(result);
            if (result.getStatus() == Status.CLOSED) {
                return false; // The bytes before it are still to be read, so that a failed answer must not end the
                // connection.
            }
            shakeHands();
        } while (result.getStatus() == Status.OK && in.hasRemaining());
        partOfRecord = in.hasRemaining() ? new byte[in.remaining()] : NO_BYTES;
        in.get(partOfRecord);
        return more;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        waiting.add(bytes);
        sayWhatWaits();
    }

    private void sayWhatWaits() throws IOException {
        ByteBuffer next;
        while (open && (next = waiting.peek()) != null) {
            wrap(next);
            if (!next.hasRemaining()) {
                waiting.remove();
            }
        }
    }

    /** Notes the end of the handshake, which only one call reports. */
    private void note(SSLEngineResult result) {
        open |= result.getHandshakeStatus() == HandshakeStatus.FINISHED;
    }

    private void shakeHands() throws IOException {
        while (true) {
            switch (engine.getHandshakeStatus()) {
                case NEED_TASK -> {
                    Runnable task;
                    while ((task = engine.getDelegatedTask()) != null) {
                        task.run();
                    }
                }
                case NEED_WRAP -> wrap(NOTHING);
                default -> {
                    sayWhatWaits();
                    return;
                }
            }
        }
    }

    private void wrap(ByteBuffer bytes) throws IOException {
        scratch.outgoing.clear();
        SSLEngineResult result = engine.wrap(bytes, scratch.outgoing);
        note(result);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            throw new IOException("No room for a TLS record");
        }
        scratch.outgoing.flip();
        if (scratch.outgoing.hasRemaining()) {
            ByteBuffer record = ByteBuffer.allocate(scratch.outgoing.remaining());
            wire.write(record.put(scratch.outgoing).flip());
        }
        if (result.getStatus() == Status.CLOSED) {
            throw new IOException("TLS was closed");
        }
    }

    @Override
    public void flush() throws IOException {
        wire.flush();
    }

    @Override
    public boolean isSending() {
        return wire.isSending();
    }

    /** Releases the engine: one of OpenSSL has native memory, which would wait for the garbage collector. */
    @Override
    public void dispose() {
        engine.closeOutbound();
        try {
            engine.closeInbound();
        } catch (SSLException withoutGoodbye) {
            // The connection ends without a close_notify.
        }
        try {
            engine.wrap(NOTHING, scratch.outgoing.clear());
        } catch (SSLException closedAlready) {
            // The engine is closed, as intended.
        }
    }
}

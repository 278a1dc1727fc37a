package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A strict WebSocket client (RFC 6455) that shows every frame. Its methods are for the thread of the test; a thread of its own reads the server's
 * frames from a blocking socket.
 *
 * <p>Client libraries join fragments, hide pings and tolerate violations, which a test of a server must see. This client returns frames as they
 * were on the wire ({@link #awaitFrame}) and whole messages ({@link #awaitText}). It can also misbehave: it can stop reading, not answer, send any
 * bytes, and vanish. A violation by the server ends the connection and fails the next wait with the broken rule. When the connection ends, a
 * wait fails at once.
 */
public final class WebSocketClient implements AutoCloseable {
    private static final Duration CLOSE_ALLOWED = Duration.ofSeconds(5);
    private static final Frame END = new Frame(true, 0, Frame.CLOSE, new byte[0]);

    private final WebSocketClientBuilder.Connection connection;
    private final boolean answersPings;
    private final boolean answersClose;
    private final FrameDecoder decoder;
    private final MessageAssembler assembler = new MessageAssembler();
    private final Gate gate = new Gate();
    private final BlockingQueue<Frame> data = new LinkedBlockingQueue<>();
    private final BlockingQueue<Frame> pings = new LinkedBlockingQueue<>();
    private final BlockingQueue<Frame> pongs = new LinkedBlockingQueue<>();
    private final CompletableFuture<Closure> ended = new CompletableFuture<>();
    private final Thread reader;
    private volatile @Nullable Closure goodbye;
    private volatile boolean closeSent;

    WebSocketClient(WebSocketClientBuilder.Connection connection, boolean answersPings, boolean answersClose) {
        this.connection = connection;
        this.answersPings = answersPings;
        this.answersClose = answersClose;
        decoder = new FrameDecoder(Handshake.agreesToDeflate(connection.response()));
        reader = new Thread(this::readToEnd, "websocket-client");
        reader.setDaemon(true);
        reader.start();
    }

    /** A client yet to be connected to {@code ws://host:port/path?query}. */
    public static WebSocketClientBuilder to(String uri) {
        return new WebSocketClientBuilder(URI.create(uri));
    }

    public HandshakeResponse handshake() {
        return connection.response();
    }

    /** The next whole text message; fails on another message and on the end of the connection. */
    public String awaitText(Duration allowed) {
        Deadline deadline = Deadline.in(allowed);
        Frame message;
        do {
            message = assembler.add(take(data, "a text message", deadline));
        } while (message == null);
        if (message.opcode() != Frame.TEXT) {
            throw new AssertionError("Expected a text message but got " + message);
        }
        return message.text();
    }

    /** The next data frame (text, binary, continuation) as it was on the wire. */
    public Frame awaitFrame(Duration allowed) {
        return take(data, "a data frame", Deadline.in(allowed));
    }

    /** The payload of the server's next ping. */
    public byte[] awaitPing(Duration allowed) {
        return take(pings, "a ping", Deadline.in(allowed)).payload();
    }

    /** The payload of the server's next pong. */
    public byte[] awaitPong(Duration allowed) {
        return take(pongs, "a pong", Deadline.in(allowed)).payload();
    }

    /** How many received data frames have not been awaited. */
    public int unread() {
        return (int) data.stream().filter(frame -> frame != END).count();
    }

    /** Waits until the server has ended the TCP connection too, as it must (section 7.1.1). */
    public Closure awaitClose(Duration allowed) {
        try {
            return ended.get(allowed.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            String said = goodbye == null ? "" : ", although it sent " + goodbye;
            throw new AssertionError("The server kept the connection for " + allowed.toMillis() + " ms" + said, e);
        } catch (ExecutionException e) {
            throw new AssertionError("The server broke the protocol: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    public void sendText(String text) {
        sendFrame(Frame.text(text));
    }

    /** Sends a frame, masked. */
    public void sendFrame(Frame frame) {
        sendBytes(frame.masked());
    }

    /** Sends raw bytes, for frames that {@link Frame} cannot express. */
    public void sendBytes(byte[] bytes) {
        try {
            write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops reading from the socket until {@link #resumeReading}, after the read in progress. */
    public void pauseReading() {
        gate.shut();
    }

    public void resumeReading() {
        gate.open();
    }

    /** Closes with code 1000, like a page that is left, and waits for the server's answer. */
    public Closure closeNormally() {
        resumeReading();
        closeSent = true;
        try {
            write(Frame.close(1000, "").masked());
        } catch (IOException alreadyEnded) {
            // The server closed first, and its close counts.
        }
        return awaitClose(CLOSE_ALLOWED);
    }

    /** Ends the connection with a TCP reset. */
    public void abort() {
        try {
            connection.plain().setSoLinger(true, 0);
        } catch (IOException alreadyClosed) {
            // The socket is already closed.
        }
        close();
    }

    /** Closes the socket without a Close frame, if it is open. */
    @Override
    public void close() {
        gate.open();
        closeSocket();
        try {
            reader.join(CLOSE_ALLOWED.toMillis());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void readToEnd() {
        try {
            while (true) {
                gate.pass();
                Frame frame = connection.wire().read(decoder::decode);
                gate.pass();
                receive(frame);
            }
        } catch (IOException e) {
            Closure said = goodbye;
            ended.complete(said != null ? said : Closure.abnormal(String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            ended.completeExceptionally(e);
        } finally {
            closeSocket();
            data.add(END);
            pings.add(END);
            pongs.add(END);
        }
    }

    private void receive(Frame frame) {
        switch (frame.opcode()) {
            case Frame.PING -> {
                pings.add(frame);
                if (answersPings) {
                    answer(new Frame(true, 0, Frame.PONG, frame.payload()));
                }
            }
            case Frame.PONG -> pongs.add(frame);
            case Frame.CLOSE -> {
                goodbye = Closure.of(frame);
                if (answersClose && !closeSent) {
                    answer(new Frame(true, 0, Frame.CLOSE, frame.payload()));
                }
            }
            default -> data.add(frame);
        }
    }

    private void answer(Frame frame) {
        try {
            write(frame.masked());
        } catch (IOException alreadyEnded) {
            // The bytes that the server sent before it closed are still to be read.
        }
    }

    private Frame take(BlockingQueue<Frame> queue, String awaited, Deadline deadline) {
        Frame frame;
        try {
            frame = queue.poll(deadline.remainingNs(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        if (frame == null) {
            throw new AssertionError("Not in time: " + awaited);
        }
        if (frame == END) {
            queue.add(END);
            throw new AssertionError("The connection ended before " + awaited + ": " + awaitClose(CLOSE_ALLOWED));
        }
        return frame;
    }

    private void write(byte[] bytes) throws IOException {
        synchronized (connection) {
            connection.socket().getOutputStream().write(bytes);
        }
    }

    private void closeSocket() {
        try {
            connection.plain().close();
        } catch (IOException ignored) {
            // The socket is abandoned.
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("Interrupted while waiting", e);
    }
}

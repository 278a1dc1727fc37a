package dev.hibiki.bench.publish;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH or XADD over one pipelined connection. Commands are gathered into one write; a second thread reads the answers.
 * The publisher's thread owns all but the counters.
 */
public final class RedisPort implements EventPort {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final byte[] CRLF = {'\r', '\n'};

    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;
    private final byte[] head;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong put = new AtomicLong();
    private int buffered;
    private volatile @Nullable String failure;
    private volatile boolean closed;

    private RedisPort(RedisAddress address, String... head) throws IOException {
        this.head = command(head.length + 1, head);
        socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_TIMEOUT_MS);
            socket.setTcpNoDelay(true);
            out = socket.getOutputStream();
            in = new BufferedInputStream(socket.getInputStream(), BUFFER_BYTES);
            socket.setSoTimeout(CONNECT_TIMEOUT_MS);
            greet(address);
            socket.setSoTimeout(0);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        Thread reader = new Thread(this::readAnswers, "redis-answers");
        reader.setDaemon(true);
        reader.start();
    }

    /** Events go to a Pub/Sub channel. */
    public static RedisPort publish(RedisAddress address, String channel) throws IOException {
        return new RedisPort(address, "PUBLISH", channel);
    }

    /** Events become entries of a stream, in the field {@code field}; the stream keeps about {@code maxLength}. */
    public static RedisPort append(RedisAddress address, String stream, String field, long maxLength)
            throws IOException {
        return new RedisPort(address, "XADD", stream, "MAXLEN", "~", Long.toString(maxLength), "*", field);
    }

    @Override
    public void put(byte[] event, int length, String region) throws IOException {
        byte[] size = ("$" + length + "\r\n").getBytes(StandardCharsets.US_ASCII);
        if (buffered + head.length + size.length + length + 2 > buffer.length) {
            flush();
        }
        append(head, head.length);
        append(size, size.length);
        append(event, length);
        append(CRLF, 2);
        put.incrementAndGet();
    }

    @Override
    public void flush() throws IOException {
        if (buffered > 0) {
            out.write(buffer, 0, buffered);
            buffered = 0;
        }
    }

    @Override
    public long outstanding() {
        return put.get() - answered.get();
    }

    @Override
    public @Nullable String failure() {
        return failure;
    }

    @Override
    public void close() {
        closed = true;
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is left to lose.
        }
    }

    private void append(byte[] bytes, int length) throws IOException {
        if (length > buffer.length - buffered) {
            flush();
            out.write(bytes, 0, length);
        } else {
            System.arraycopy(bytes, 0, buffer, buffered, length);
            buffered += length;
        }
    }

    private void greet(RedisAddress address) throws IOException {
        String password = address.password();
        if (password != null) {
            String user = address.user();
            out.write(user == null ? command(2, "AUTH", password) : command(3, "AUTH", user, password));
            expectOk();
        }
        out.write(command(1, "PING"));
        expectOk();
    }

    private void expectOk() throws IOException {
        String answer = readLine();
        if (!answer.startsWith("+")) {
            throw new IOException("Redis answered: " + answer);
        }
    }

    private void readAnswers() {
        try {
            while (true) {
                String answer = readLine();
                if (answer.startsWith("$")) {
                    readLine();
                } else if (answer.startsWith("-") && failure == null) {
                    failure = "Redis answered: " + answer.substring(1);
                }
                answered.incrementAndGet();
            }
        } catch (IOException e) {
            if (!closed && failure == null) {
                failure = "the connection to Redis ended: " + e.getMessage();
            }
        }
    }

    private String readLine() throws IOException {
        return AsciiLine.read(in, "Redis");
    }

    private static byte[] command(int arguments, String... given) {
        StringBuilder text = new StringBuilder("*").append(arguments).append("\r\n");
        for (String argument : given) {
            text.append('$')
                    .append(argument.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(argument)
                    .append("\r\n");
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}

package dev.hibiki.testing;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.StringJoiner;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A minimal client of the Redis protocol (RESP2) for tests. Confined to the thread that opened it.
 *
 * <p>Tests must not depend on {@code redis-cli}, which the embedded kind does not have, or on the gateway's client library. A command is an array
 * of binary strings, so that any bytes can be published.
 */
final class RespConnection implements Closeable {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    RespConnection(int port, @Nullable String password) throws IOException {
        this(port, password, null);
    }

    /** @param tls null for a connection without TLS */
    RespConnection(int port, @Nullable String password, @Nullable SSLContext tls) throws IOException {
        int patienceMs = (int) PATIENCE.toMillis();
        socket = tls == null ? new Socket() : tls.getSocketFactory().createSocket();
        try {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), patienceMs);
            socket.setSoTimeout(patienceMs);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
            out = new BufferedOutputStream(socket.getOutputStream());
            if (password != null) {
                send(bytes("AUTH", password));
                read();
            }
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Whether a Redis on this port answers a PING with this password. */
    static boolean answers(int port, @Nullable String password, @Nullable SSLContext tls) {
        try (RespConnection connection = new RespConnection(port, password, tls)) {
            connection.send(bytes("PING"));
            return connection.read().equals("PONG");
        } catch (IOException | RedisErrorException notYet) {
            return false;
        }
    }

    static byte[][] bytes(String... parts) {
        byte[][] command = new byte[parts.length][];
        for (int i = 0; i < parts.length; i++) {
            command[i] = parts[i].getBytes(StandardCharsets.UTF_8);
        }
        return command;
    }

    /** Sets how long a reply may take; the default is five seconds. */
    void setPatienceMs(int patienceMs) throws IOException {
        socket.setSoTimeout(patienceMs);
    }

    /** Queues a command; {@link #read} sends the queued commands. */
    void send(byte[]... command) throws IOException {
        out.write(("*" + command.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (byte[] part : command) {
            out.write(("$" + part.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(part);
            out.write('\r');
            out.write('\n');
        }
    }

    /** The next reply as text: each element of an array on its own line, {@code (nil)} for null. Throws an error reply. */
    String read() throws IOException {
        out.flush();
        return readReply();
    }

    private String readReply() throws IOException {
        String header = readLine();
        String rest = header.substring(1);
        return switch (header.charAt(0)) {
            case '+', ':' -> rest;
            case '-' -> throw new RedisErrorException(rest);
            case '$' -> readBulk(Integer.parseInt(rest));
            case '*' -> readArray(Integer.parseInt(rest));
            default -> throw new IOException("Not a RESP2 reply: " + header);
        };
    }

    private String readBulk(int length) throws IOException {
        if (length < 0) {
            return "(nil)";
        }
        byte[] content = in.readNBytes(length);
        if (content.length < length || !readLine().isEmpty()) {
            throw new EOFException("Redis ended the connection within a reply");
        }
        return new String(content, StandardCharsets.UTF_8);
    }

    private String readArray(int length) throws IOException {
        StringJoiner lines = new StringJoiner("\n");
        for (int i = 0; i < length; i++) {
            lines.add(readReply());
        }
        return length < 0 ? "(nil)" : lines.toString();
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        int next;
        while ((next = in.read()) != '\r') {
            if (next < 0) {
                throw new EOFException("Redis ended the connection");
            }
            line.append((char) next);
        }
        in.read();
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

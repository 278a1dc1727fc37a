package dev.hibiki.gateway.support;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;

import dev.hibiki.gateway.RunningGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** A TCP connection to a gateway that sends raw bytes, for clients that misbehave. Confined to the thread of the test. */
public final class RawClient implements AutoCloseable {
    public static final String GET = """
            GET /ws HTTP/1.1
            Host: localhost

            """;
    public static final String UPGRADE = """
            GET /ws HTTP/1.1
            Host: localhost
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13

            """;

    private final Socket socket;

    public RawClient(RunningGateway gateway) throws IOException {
        this(gateway.gateway().clientPort());
    }

    /** @param port of the loopback address */
    public RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
    }

    public void send(String request) throws IOException {
        socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** All text until the gateway closes or resets the connection. */
    public String readToEndOrReset() {
        StringBuilder all = new StringBuilder();
        try {
            for (String part = read(); !part.isEmpty(); part = read()) {
                all.append(part);
            }
        } catch (SocketException e) {
            return all.toString(); // The gateway resets a connection with unread bytes.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all.toString();
    }

    /** Waits for at least one byte and returns the text so far; empty when the gateway has closed. */
    public String read() throws IOException {
        byte[] bytes = new byte[4096];
        int length = socket.getInputStream().read(bytes);
        return new String(bytes, 0, Math.max(0, length), StandardCharsets.US_ASCII);
    }

    /** Reads until the text has this part, or the gateway has closed, and returns the text. */
    public String readUntil(String part) throws IOException {
        String all = read();
        for (String more = all; !all.contains(part) && !more.isEmpty(); all += more) {
            more = read();
        }
        return all;
    }

    public String readToEnd() throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    /** Closes the direction to the gateway; the other direction stays open. */
    public void stopSending() throws IOException {
        socket.shutdownOutput();
    }

    /** Resets the connection. */
    public void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

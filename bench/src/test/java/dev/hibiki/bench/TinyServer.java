package dev.hibiki.bench;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A minimal push server with a thread per connection. It sends each posted event to every WebSocket and event stream; a client
 * with a {@code last_id} first gets what came after the event that contains it.
 */
final class TinyServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    private final List<String> past = new ArrayList<>();
    private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    /** The {@code Authorization} header of each client, empty without one. */
    private final List<String> tokens = new CopyOnWriteArrayList<>();
    /** How often each event is sent. */
    private final int copies;

    /** An event must contain this text to be sent; empty for all events. */
    private record Subscriber(OutputStream out, boolean webSocket, String filter) {}

    TinyServer(int copies) throws IOException {
        this.copies = copies;
        daemon(this::accept);
    }

    List<String> tokens() {
        return tokens;
    }

    int port() {
        return listener.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                daemon(() -> serve(socket));
            }
        } catch (IOException e) {
            // The server is closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
            OutputStream out = socket.getOutputStream();
            for (String request = head(in); !request.isEmpty(); request = head(in)) {
                if (request.startsWith("POST")) {
                    byte[] event = in.readNBytes(Integer.parseInt(header(request, "content-length")));
                    push(event);
                    write(out, "HTTP/1.1 204 No Content\r\n\r\n");
                } else {
                    subscribe(request, out);
                    if (in.read() < 0) {
                        return;
                    }
                }
            }
        } catch (IOException e) {
            // The client has closed the connection.
        }
    }

    private synchronized void subscribe(String request, OutputStream out) throws IOException {
        tokens.add(header(request, "authorization"));
        String key = header(request, "sec-websocket-key");
        if (key.isEmpty()) {
            write(out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        } else {
            write(
                    out,
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Accept: " + accept(key) + "\r\n\r\n");
            out.write(new byte[] {(byte) 0x89, 1, 'p'});
        }
        int region = request.indexOf("?region=");
        String filter = region < 0 ? "" : "\"region\":\"" + request.substring(region + 8, region + 10) + "\"";
        replay(request, out);
        subscribers.add(new Subscriber(out, !key.isEmpty(), filter));
    }

    private void replay(String request, OutputStream out) throws IOException {
        int id = request.indexOf("last_id=");
        if (id < 0) {
            return;
        }
        String lastId = "\"id\":\"" + request.substring(id + 8, request.indexOf(' ', id)) + '"';
        boolean after = false;
        for (String event : past) {
            if (after) {
                out.write(frame(event.getBytes(StandardCharsets.UTF_8)));
            }
            after |= event.contains(lastId);
        }
    }

    private synchronized void push(byte[] event) {
        String text = new String(event, StandardCharsets.UTF_8);
        past.add(text);
        for (Subscriber subscriber : subscribers) {
            try {
                for (int i = 0; i < copies && text.contains(subscriber.filter); i++) {
                    subscriber.out.write(subscriber.webSocket ? frame(event) : chunk(event));
                }
            } catch (IOException e) {
                // The client has closed the connection.
            }
        }
    }

    private static byte[] frame(byte[] event) {
        return ByteBuffer.allocate(event.length + 4)
                .put((byte) 0x81)
                .put((byte) 126)
                .putShort((short) event.length)
                .put(event)
                .array();
    }

    private static byte[] chunk(byte[] event) {
        String text = "data: " + new String(event, StandardCharsets.UTF_8) + "\n\n";
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        return (Integer.toHexString(length) + "\r\n" + text + "\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private static String head(DataInputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int b = in.read();
            if (b < 0) {
                return "";
            }
            head.append((char) b);
        }
        return head.toString();
    }

    private static String header(String request, String name) {
        for (String line : request.split("\r\n", -1)) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    private static String accept(String key) {
        try {
            byte[] text = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }
}

package dev.hibiki.testing;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A server that runs a test's script for each connection, on a thread of its own. Any thread may close it.
 */
final class ScriptedServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
    private final Script script;
    private final Queue<Peer> peers = new ConcurrentLinkedQueue<>();

    ScriptedServer(Script script) throws IOException {
        this.script = script;
        Thread acceptor = new Thread(this::acceptAll, "scripted-server");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    String uri() {
        return "ws://127.0.0.1:" + listener.getLocalPort() + "/";
    }

    private void acceptAll() {
        try {
            while (true) {
                Peer peer = new Peer(listener.accept());
                peers.add(peer);
                Thread thread = new Thread(() -> peer.run(script), "scripted-peer");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Peer peer : peers) {
            peer.socket.close();
        }
    }

    /** The script for one connection, which ends with the script. */
    interface Script {
        void run(Peer peer) throws Exception;
    }

    /** The server's end of a connection. */
    static final class Peer {
        private final Socket socket;
        private final DataInputStream in;
        private final OutputStream out;
        private String request = "";

        private Peer(Socket socket) throws IOException {
            this.socket = socket;
            in = new DataInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        private void run(Script script) {
            try (socket) {
                readRequest();
                script.run(this);
            } catch (Exception e) {
                // The client notices the early end of the connection, and its test fails.
            }
        }

        private void readRequest() throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) in.readUnsignedByte());
            }
            request = head.toString();
        }

        String request() {
            return request;
        }

        /** Accepts the handshake with these additional headers. */
        void accept(String... headers) throws IOException {
            String key = request.replaceFirst("(?si).*Sec-WebSocket-Key: (\\S+).*", "$1");
            acceptWith(Handshake.acceptFor(key), headers);
        }

        void acceptWith(String accept, String... headers) throws IOException {
            StringBuilder response = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\n"
                    + "connection: Upgrade\r\nsec-websocket-accept: " + accept + "\r\n");
            for (String header : headers) {
                response.append(header).append("\r\n");
            }
            send(response.append("\r\n").toString());
        }

        void send(String raw) throws IOException {
            send(raw.getBytes(StandardCharsets.UTF_8));
        }

        void send(byte... raw) throws IOException {
            out.write(raw);
        }

        void send(Frame frame) throws IOException {
            out.write(frame.unmasked());
        }

        /** The client's next frame; one that is not masked is an error. */
        Frame read() throws IOException {
            int first = in.readUnsignedByte();
            int second = in.readUnsignedByte();
            if ((second & 0x80) == 0) {
                throw new IOException("The client did not mask");
            }
            int length = second & 0x7F;
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = Math.toIntExact(in.readLong());
            }
            byte[] key = in.readNBytes(4);
            byte[] payload = in.readNBytes(length);
            if (payload.length < length) {
                throw new EOFException();
            }
            for (int i = 0; i < length; i++) {
                payload[i] ^= key[i & 3];
            }
            return new Frame((first & 0x80) != 0, first >> 4 & 7, first & 0xF, payload);
        }

        /** Waits until the client has ended the connection, in order or not. */
        String readEnd() {
            try {
                in.transferTo(OutputStream.nullOutputStream());
                return "end of stream";
            } catch (IOException e) {
                return String.valueOf(e.getMessage());
            }
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}

package dev.hibiki.gateway.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hibiki.gateway.support.Events;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Clients of {@code /sse} that reconnect at once, each with a thread of its own: an EventSource that does not wait. Its methods are for
 * the thread of the test.
 */
final class EventStreams implements AutoCloseable {
    private final int port;
    private final String query;
    private final List<Client> clients;
    private volatile boolean closed;

    /**
     * Connects a client for each check.
     *
     * @param port of the loopback address
     * @param leaves asked after each event: whether its connection ends there
     */
    EventStreams(int port, String query, List<LossCheck> checks, BooleanSupplier leaves) {
        this.port = port;
        this.query = query;
        clients = checks.stream().map(check -> new Client(check, leaves)).toList();
        clients.forEach(client -> client.thread.start());
    }

    /** How many have got the headers of an open stream. */
    int open() {
        return (int) clients.stream().filter(client -> client.open).count();
    }

    /** Ends the connection of a client, which then reconnects. */
    void abort(int client) {
        clients.get(client).abort();
    }

    @Override
    public void close() {
        closed = true;
        clients.forEach(Client::abort);
        for (Client client : clients) {
            try {
                client.thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    private final class Client {
        private final LossCheck check;
        private final BooleanSupplier leaves;
        private final Thread thread = new Thread(this::run, "event-stream");
        private volatile @Nullable Socket socket;
        private volatile boolean open;
        private @Nullable String lastId;

        Client(LossCheck check, BooleanSupplier leaves) {
            this.check = check;
            this.leaves = leaves;
            thread.setDaemon(true);
        }

        void abort() {
            Socket current = socket;
            try {
                if (current != null) {
                    current.close();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void run() {
            while (!closed) {
                try (Socket connected = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    socket = connected;
                    if (!closed) {
                        read(connected);
                    }
                } catch (IOException ended) {
                    // It reconnects.
                }
                open = false;
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ImpatientClient.RETRY_MS));
            }
        }

        private void read(Socket connected) throws IOException {
            String id = lastId;
            String request = "GET /sse?" + query + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                    + (id == null ? "" : "Last-Event-ID: " + id + "\r\n") + "\r\n";
            connected.getOutputStream().write(request.getBytes(UTF_8));
            BufferedReader lines = new BufferedReader(new InputStreamReader(connected.getInputStream(), UTF_8));
            if (!String.valueOf(lines.readLine()).startsWith("HTTP/1.1 200")) {
                return;
            }
            for (String header; (header = lines.readLine()) != null && !header.isEmpty(); ) {
                // They say nothing that is needed.
            }
            open = true;
            String type = "message";
            byte[] data = {};
            for (String line; (line = lines.readLine()) != null; ) {
                if (line.startsWith("event: ")) {
                    type = line.substring(7);
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6).getBytes(UTF_8);
                } else if (line.isEmpty()) {
                    lastId = id;
                    dispatch(type, data);
                    if (data.length > 0 && leaves.getAsBoolean()) {
                        return;
                    }
                    type = "message";
                    data = new byte[0];
                }
            }
        }

        private void dispatch(String type, byte[] data) {
            if (type.equals("gap")) {
                check.gap();
            } else if (type.equals("message") && data.length > 0) {
                check.event(Events.sequence(data));
            }
        }
    }
}

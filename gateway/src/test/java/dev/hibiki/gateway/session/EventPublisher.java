package dev.hibiki.gateway.session;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.session.EventJournal.Published;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Publishes over one HTTP connection, one request at a time, so that the order is that of the journal. Confined to the thread of the test. */
final class EventPublisher implements AutoCloseable {
    private final EventJournal journal;
    private final Socket socket;
    private final DataInputStream in;
    private boolean awaitsAnswer;

    EventPublisher(RunningGateway gateway, EventJournal journal) {
        this.journal = journal;
        try {
            socket = new Socket(
                    InetAddress.getLoopbackAddress(), gateway.gateway().adminPort());
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) RunningGateway.PATIENCE.toMillis());
            in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Begins to publish the newest events of the journal, of one channel. Does not wait until they are published. */
    void begin(String channel, List<Published> events) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Published event : events) {
            body.write(body.size() == 0 ? '[' : ',');
            body.writeBytes(event.json());
        }
        body.write(']');
        ByteArrayOutputStream request = new ByteArrayOutputStream(body.size() + 200);
        request.writeBytes(("POST /publish/" + channel + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                        + body.size() + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        request.writeBytes(body.toByteArray());
        try {
            socket.getOutputStream().write(request.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitsAnswer = true;
    }

    /** Waits until all events are published. */
    void settle() {
        if (!awaitsAnswer) {
            return;
        }
        awaitsAnswer = false;
        try {
            String head = readHead();
            int length = Integer.parseInt(head.replaceAll("(?is).*content-length: *(\\d+).*", "$1"));
            byte[] body = in.readNBytes(length);
            if (!head.startsWith("HTTP/1.1 202 ")) {
                throw new AssertionError(head + new String(body, StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        journal.settleAll();
    }

    private String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

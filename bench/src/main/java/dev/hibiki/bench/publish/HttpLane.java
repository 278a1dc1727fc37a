package dev.hibiki.bench.publish;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** One keep-alive connection: takes a request from its queue, sends it, reads the answer, and so on, on its own thread. */
final class HttpLane {
    private static final int CONNECT_TIMEOUT_MS = 5_000;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final BlockingQueue<byte[]> requests = new LinkedBlockingQueue<>();
    private final Runnable onAnswer;
    private final Consumer<String> onFailure;
    private final Thread thread = new Thread(this::run, "http-publish");
    private volatile boolean closed;

    HttpLane(HttpTarget target, Runnable onAnswer, Consumer<String> onFailure) throws IOException {
        this.onAnswer = onAnswer;
        this.onFailure = onFailure;
        try {
            socket.connect(new InetSocketAddress(target.host(), target.port()), CONNECT_TIMEOUT_MS);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    void start() {
        thread.setDaemon(true);
        thread.start();
    }

    /** Any thread. */
    void add(byte[] request) {
        requests.add(request);
    }

    void close() {
        closed = true;
        thread.interrupt();
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing is left to lose.
        }
    }

    private void run() {
        try {
            while (!closed) {
                socket.getOutputStream().write(requests.take());
                String status = readAnswer();
                if (!status.startsWith("2", 9)) {
                    onFailure.accept("a POST was answered with: " + status);
                }
                onAnswer.run();
            }
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                onFailure.accept("the connection for POSTs ended: " + e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Reads one whole answer; returns its status line. */
    private String readAnswer() throws IOException {
        String status = readLine();
        long length = 0;
        boolean chunked = false;
        for (String line = readHeader(); !line.isEmpty(); line = readHeader()) {
            if (line.startsWith("content-length:")) {
                length = Long.parseLong(line.substring(15).strip());
            } else if (line.startsWith("transfer-encoding:")) {
                chunked = line.contains("chunked");
            }
        }
        if (chunked) {
            do {
                length = Long.parseLong(readLine().split(";", 2)[0].strip(), 16);
                in.skipNBytes(length);
                readLine();
            } while (length > 0);
        } else {
            in.skipNBytes(length);
        }
        return status;
    }

    private String readHeader() throws IOException {
        return readLine().toLowerCase(Locale.ROOT);
    }

    private String readLine() throws IOException {
        return AsciiLine.read(in, "the server");
    }
}

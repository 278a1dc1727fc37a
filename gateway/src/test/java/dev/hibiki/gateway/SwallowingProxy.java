package dev.hibiki.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Stands between a gateway and Redis and, when told to, swallows what subscribers are brought, but no answer to a command:
 * what a failover behind a proxy may leave of a subscription. Thread-safe.
 */
final class SwallowingProxy implements AutoCloseable {
    private static final String MESSAGE = "$7\r\nmessage\r\n";
    private static final int BUFFER_BYTES = 64 * 1024;

    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final int redisPort;
    private volatile boolean swallowing;

    SwallowingProxy(int redisPort) throws IOException {
        this.redisPort = redisPort;
        start(this::accept);
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "swallowing-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    String uri() {
        return "redis://127.0.0.1:" + listener.getLocalPort();
    }

    void swallow(boolean messages) {
        swallowing = messages;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                Socket redis = new Socket(InetAddress.getLoopbackAddress(), redisPort);
                sockets.add(client);
                sockets.add(redis);
                start(() -> copy(client, redis, false));
                start(() -> copy(redis, client, true));
            }
        } catch (IOException e) {
            sockets.forEach(SwallowingProxy::close); // The test is over.
        }
    }

    private void copy(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            int length;
            while ((length = in.read(buffer)) > 0) {
                String text = new String(buffer, 0, length, StandardCharsets.ISO_8859_1);
                if (!(answers && swallowing && text.contains(MESSAGE))) {
                    out.write(buffer, 0, length);
                }
            }
        } catch (IOException e) {
            close(to); // One of the two has gone.
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}

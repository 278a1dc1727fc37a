package dev.hibiki.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * A TCP proxy on the loopback address, to stand between a program and a server and be what networks are: it cuts connections in the middle of
 * whatever they carry, lets them lead elsewhere, as an address that moves with a failover does, and swallows what it should bring. Any
 * thread may call.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int targetPort;
    private volatile Predicate<String> swallowed = text -> false;
    private volatile boolean closed;

    private TcpProxy(int targetPort) throws IOException {
        this.targetPort = targetPort;
        listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), Ports.free()));
        daemon(this::accept);
        AtExit.close(this);
    }

    public static TcpProxy to(int targetPort) {
        try {
            return new TcpProxy(targetPort);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** From now on new connections lead to this port of the loopback address; those that stand stay where they are. */
    public void leadTo(int otherPort) {
        targetPort = otherPort;
    }

    /** From now on keeps from clients whatever is like that, in pieces as the server sends them, each byte a character. */
    public void swallow(Predicate<String> what) {
        swallowed = what;
    }

    /** Resets every connection on both sides; new ones are served as before. */
    public void cut() {
        open.forEach(TcpProxy::reset);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = listener.accept();
                open.add(client);
                daemon(() -> join(client));
            } catch (IOException e) {
                if (!closed) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private void join(Socket client) {
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
            open.add(server);
            daemon(() -> carry(server, client, true));
            carry(client, server, false);
        } catch (IOException e) {
            drop(client); // Nobody is there: that is what the client is to see.
        }
    }

    private void carry(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count; (count = in.read(buffer)) >= 0; ) {
                if (!answers || !swallowed.test(new String(buffer, 0, count, StandardCharsets.ISO_8859_1))) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException ended) {
            // The other side is to learn of it, below.
        }
        drop(from);
        drop(to);
    }

    private void drop(Socket socket) {
        open.remove(socket);
        reset(socket);
    }

    private static void reset(Socket socket) {
        try {
            if (!socket.isClosed()) {
                socket.setSoLinger(true, 0);
                socket.close();
            }
        } catch (IOException alreadyGone) {
            // As it is meant to be.
        }
    }

    @Override
    public void close() {
        AtExit.forget(this);
        closed = true;
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}

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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * A TCP proxy on the loopback address that simulates faults of a network: it resets connections, drops chosen data, holds all data back, slows it down, and can
 * lead new connections to another server, like an address that moves in a failover. Any thread may call.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile int targetPort;
    private final Gate answersGate = new Gate();
    private volatile Predicate<String> swallowed = text -> false;
    private volatile boolean closed;
    private volatile int answerBytesPerSecond = Integer.MAX_VALUE;
    private final Object line = new Object();
    private final AtomicLong answerBytes = new AtomicLong();

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

    /** Leads new connections to this port of the loopback address; existing ones do not change. */
    public void leadTo(int otherPort) {
        targetPort = otherPort;
    }

    /** Drops matching data from the server. Data is tested in the pieces that arrive, with one character per byte. */
    public void swallow(Predicate<String> what) {
        swallowed = what;
    }

    /** Lets nothing more of the servers through until {@link #release}; what they send meanwhile comes later. */
    public void hold() {
        answersGate.shut();
    }

    public void release() {
        answersGate.open();
    }

    /** Lets no more than this through from the servers, over all connections. */
    public void slowDown(int bytesPerSecond) {
        answerBytesPerSecond = bytesPerSecond;
    }

    /** Returns how many bytes of the servers went through. */
    public long answerBytes() {
        return answerBytes.get();
    }

    /** Resets every connection on both sides; new connections work as before. */
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
            drop(client); // The server is down, and the client should see that.
        }
    }

    private void carry(Socket from, Socket to, boolean answers) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count; (count = in.read(buffer)) >= 0; ) {
                if (answers) {
                    answersGate.pass();
                    answerBytes.addAndGet(count);
                    takeTime(count);
                }
                if (!answers || !swallowed.test(new String(buffer, 0, count, StandardCharsets.ISO_8859_1))) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException ended) {
            // The other side is closed below.
        }
        drop(from);
        drop(to);
    }

    private void takeTime(int bytes) {
        int rate = answerBytesPerSecond;
        if (rate != Integer.MAX_VALUE) {
            synchronized (line) {
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(bytes) / rate);
            }
        }
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
            // The socket was already closed.
        }
    }

    @Override
    public void close() {
        AtExit.forget(this);
        closed = true;
        release();
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }
}

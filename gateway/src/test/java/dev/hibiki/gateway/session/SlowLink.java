package dev.hibiki.gateway.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries one connection from a client to a gateway, at a limited rate or, after {@link #stopReading}, not at all. So any
 * client is a slow one, with every protocol and with TLS. Any thread may call.
 */
final class SlowLink implements AutoCloseable {
    /** Small, so that the kernel of the client hides little: it takes bytes from the gateway only when the link has read some. */
    private static final int RECEIVE_BUFFER_BYTES = 16 << 10;

    private static final int READS_PER_SECOND = 50;
    private static final int MAX_READ_BYTES = 16 << 10;
    private static final long SECOND_NS = 1_000_000_000L;

    private final ServerSocket listener;
    private final Socket gateway = new Socket();
    private final int bytesPerSecond;
    private final AtomicLong carried = new AtomicLong();
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean stopped;
    private volatile boolean ended;

    private SlowLink(int gatewayPort, int bytesPerSecond) throws IOException {
        this.bytesPerSecond = bytesPerSecond;
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        gateway.setReceiveBufferSize(RECEIVE_BUFFER_BYTES);
        gateway.setTcpNoDelay(true);
        gateway.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gatewayPort));
        start(this::carryToClient);
    }

    static SlowLink to(int gatewayPort, int bytesPerSecond) {
        try {
            return new SlowLink(gatewayPort, bytesPerSecond);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the client connects, on the loopback address. */
    int port() {
        return listener.getLocalPort();
    }

    /** The address of this connection, as the gateway shows it. */
    String address() {
        return "127.0.0.1:" + gateway.getLocalPort();
    }

    /** Reads nothing more from the gateway, after the read in progress. */
    void stopReading() {
        stopped = true;
    }

    /** How many bytes the link has read from the gateway. */
    long carriedBytes() {
        return carried.get();
    }

    /** True when the gateway, or the client, has ended the connection, and the link has noticed it. */
    boolean hasEnded() {
        return ended;
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "slow-link");
        thread.setDaemon(true);
        thread.start();
    }

    private void carryToClient() {
        try (Socket client = listener.accept()) {
            client.setTcpNoDelay(true);
            start(() -> carryToGateway(client));
            InputStream in = gateway.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] buffer = new byte[Math.min(MAX_READ_BYTES, bytesPerSecond / READS_PER_SECOND)];
            long dueNs = System.nanoTime();
            for (int count; (count = in.read(buffer)) >= 0; ) {
                carried.addAndGet(count);
                out.write(buffer, 0, count);
                dueNs = Math.max(dueNs, System.nanoTime()) + count * SECOND_NS / bytesPerSecond;
                awaitTurn(dueNs);
            }
        } catch (IOException e) {
            // Either side has reset the connection.
        }
        ended = true;
    }

    private void awaitTurn(long dueNs) throws IOException {
        for (long waitNs; (waitNs = dueNs - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(waitNs);
        }
        if (stopped) {
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void carryToGateway(Socket client) {
        try {
            client.getInputStream().transferTo(gateway.getOutputStream());
        } catch (IOException e) {
            // The other direction notices the end.
        }
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            gateway.setSoLinger(true, 0);
            gateway.close();
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

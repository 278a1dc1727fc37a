package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsSwarmSocketTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    private static final String LAST_WORDS = "HTTP/1.1 503 Busy\r\n\r\n";

    private final SelfSignedCertificate certificate = SelfSignedCertificate.create();
    private final SSLServerSocket server;
    private final SocketChannel channel;
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch unheard = new CountDownLatch(1);

    TlsSwarmSocketTest() throws Exception {
        server = (SSLServerSocket)
                certificate.serverContext().getServerSocketFactory().createServerSocket(0, 1, HERE);
        channel = SocketChannel.open(new InetSocketAddress(HERE, server.getLocalPort()));
        channel.configureBlocking(false);
    }

    @AfterEach
    void close() throws Exception {
        channel.close();
        server.close();
    }

    /** Sends its last bytes and closes the connection, while the client does not read. */
    private @Nullable Void serve() throws Exception {
        try (SSLSocket peer = (SSLSocket) server.accept()) {
            assertThat(peer.getInputStream().read()).isEqualTo('?');
            asked.countDown();
            unheard.await();
            peer.getOutputStream().write(LAST_WORDS.getBytes(StandardCharsets.US_ASCII));
        }
        return null;
    }

    private TlsSwarmSocket client(String protocol) {
        SSLEngine engine = certificate.clientContext().createSSLEngine();
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(new String[] {protocol});
        return new TlsSwarmSocket(channel, engine, new TlsSwarmSocket.Scratch());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldReadBytesThatArriveWithTheEndOfTheConnection(String protocol) throws Exception {
        FutureTask<?> served = new FutureTask<>(this::serve);
        new Thread(served, "server").start();
        TlsSwarmSocket client = client(protocol);
        ByteBuffer heard = ByteBuffer.allocate(128 << 10);
        client.open();
        client.write(ByteBuffer.wrap(new byte[] {'?'}));
        while (!asked.await(1, TimeUnit.MILLISECONDS)) {
            assertThat(client.read(heard)).isTrue();
        }
        unheard.countDown();
        served.get(20, TimeUnit.SECONDS);

        assertThat(client.read(heard)).isFalse();
        assertThat(heard.flip()).isEqualTo(StandardCharsets.US_ASCII.encode(LAST_WORDS));
        client.dispose();
    }
}

package dev.hibiki.gateway.tls;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;

import dev.hibiki.gateway.RunningGateway;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A TLS connection to a gateway that sends raw HTTP. Confined to the thread of the test. */
final class TlsClient implements AutoCloseable {
    private final SSLSocket socket;
    private final BufferedReader reader;

    /** @param protocol the only version that is offered; null for all */
    TlsClient(RunningGateway gateway, SSLContext context, @Nullable String protocol) throws IOException {
        Socket plain = new Socket();
        plain.setReceiveBufferSize(16 << 10);
        plain.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), gateway.gateway().clientPort()));
        socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", plain.getPort(), true);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        if (protocol != null) {
            socket.setEnabledProtocols(new String[] {protocol});
        }
        socket.startHandshake();
        reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    String protocol() {
        return socket.getSession().getProtocol() + ' ' + socket.getApplicationProtocol();
    }

    Certificate certificate() throws IOException {
        return socket.getSession().getPeerCertificates()[0];
    }

    void send(String request) throws IOException {
        socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
    }

    /** The next line with this beginning; null when the gateway closes before it. */
    @Nullable String lineWith(String beginning) throws IOException {
        String line;
        do {
            line = reader.readLine();
        } while (line != null && !line.startsWith(beginning));
        return line;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

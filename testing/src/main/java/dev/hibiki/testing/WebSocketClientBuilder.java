package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Builds the handshake of a {@link WebSocketClient}, which is valid unless a test changes it. Confined to the thread of the test. */
public final class WebSocketClientBuilder {
    private static final Duration HANDSHAKE_ALLOWED = Duration.ofSeconds(10);

    private final URI uri;
    private final Handshake handshake;
    private byte[] preamble = {};
    private int receiveBufferBytes;
    private boolean answersPings = true;
    private boolean answersClose = true;
    private @Nullable SSLContext tls;
    private @Nullable String localAddress;

    WebSocketClientBuilder(URI uri) {
        this.uri = uri;
        this.handshake = new Handshake(uri);
    }

    /** Replaces {@code GET /path?query HTTP/1.1}. */
    public WebSocketClientBuilder requestLine(String line) {
        handshake.requestLine(line);
        return this;
    }

    /** Adds a header, even if it is already present. */
    public WebSocketClientBuilder header(String name, String value) {
        handshake.add(name, value);
        return this;
    }

    /** Omits a header, for instance one that the handshake needs. */
    public WebSocketClientBuilder without(String name) {
        handshake.remove(name);
        return this;
    }

    public WebSocketClientBuilder subprotocols(String... names) {
        return header("Sec-WebSocket-Protocol", String.join(", ", names));
    }

    /** Offers permessage-deflate as browsers do; the server must answer with {@code server_no_context_takeover}. */
    public WebSocketClientBuilder compress() {
        return header("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits");
    }

    /** Sends these bytes before the request, such as a PROXY protocol header. */
    public WebSocketClientBuilder preamble(byte[] bytes) {
        preamble = bytes.clone();
        return this;
    }

    /** Sets SO_RCVBUF, so that the server soon notices a paused reader. The kernel's minimum is about 2 KiB. */
    public WebSocketClientBuilder receiveBufferBytes(int bytes) {
        receiveBufferBytes = bytes;
        return this;
    }

    /** False for a client that is dead while its connection is open. */
    public WebSocketClientBuilder answersPings(boolean answers) {
        answersPings = answers;
        return this;
    }

    /** False for a client that does not complete the closing handshake. */
    public WebSocketClientBuilder answersClose(boolean answers) {
        answersClose = answers;
        return this;
    }

    /** Connects from this address of the machine, such as any of 127.0.0.0/8. */
    public WebSocketClientBuilder from(String address) {
        localAddress = address;
        return this;
    }

    /** Speaks TLS and checks the server's certificate and name against this. */
    public WebSocketClientBuilder tls(SSLContext context) {
        tls = context;
        return this;
    }

    /** Opens the connection; throws a {@link HandshakeRefusedException} when the server refuses. */
    public WebSocketClient connect() {
        Connection connection = open();
        if (connection.response.status() != 101) {
            closeQuietly(connection.socket);
            throw new HandshakeRefusedException(connection.response);
        }
        return new WebSocketClient(connection, answersPings, answersClose);
    }

    /** Only makes the handshake and ends the connection; returns the server's answer, refused or accepted. */
    public HandshakeResponse attempt() {
        Connection connection = open();
        closeQuietly(connection.socket);
        return connection.response;
    }

    private Connection open() {
        Socket plain = new Socket();
        try {
            if (receiveBufferBytes > 0) {
                plain.setReceiveBufferSize(receiveBufferBytes);
            }
            int allowedMs = (int) HANDSHAKE_ALLOWED.toMillis();
            plain.setTcpNoDelay(true);
            plain.setSoTimeout(allowedMs);
            if (localAddress != null) {
                plain.bind(new InetSocketAddress(localAddress, 0));
            }
            plain.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), allowedMs);
            plain.getOutputStream().write(preamble);
            Socket socket = tls == null ? plain : secure(plain, tls);
            socket.getOutputStream().write(handshake.request());
            WireReader wire = new WireReader(socket.getInputStream());
            HandshakeResponse response = wire.read(HandshakeResponse::parseHead);
            if (response.status() == 101) {
                handshake.verify(response);
                plain.setSoTimeout(0);
            } else {
                response = response.withBody(readBody(wire, response));
            }
            return new Connection(plain, socket, wire, response);
        } catch (IOException e) {
            closeQuietly(plain);
            throw new UncheckedIOException("No handshake with " + uri + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeQuietly(plain);
            throw e;
        }
    }

    private Socket secure(Socket plain, SSLContext context) throws IOException {
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, uri.getHost(), uri.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static String readBody(WireReader wire, HandshakeResponse response) throws IOException {
        Optional<String> length = response.header("Content-Length");
        List<String> coding = response.headers("Transfer-Encoding");
        if (!coding.isEmpty()) {
            throw new ProtocolViolationException("This client does not read Transfer-Encoding " + coding);
        }
        byte[] body = length.isPresent() ? wire.readBytes(Integer.parseInt(length.get())) : wire.readToEnd();
        return new String(body, StandardCharsets.UTF_8);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // The socket is abandoned.
        }
    }

    /** An opened connection; {@code plain} is the same as {@code socket} or carries its TLS. */
    record Connection(Socket plain, Socket socket, WireReader wire, HandshakeResponse response) {}
}

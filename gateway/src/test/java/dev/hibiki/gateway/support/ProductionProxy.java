package dev.hibiki.gateway.support;

import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.SelfSignedCertificate;
import dev.hibiki.testing.WebSocketClient;
import dev.hibiki.testing.WebSocketClientBuilder;
import dev.hibiki.testing.WebSocketSwarm;
import dev.hibiki.testing.WebSocketSwarmBuilder;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.FingerprintTrustManagerFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * An HAProxy with {@code scripts/haproxy/haproxy.cfg} on free ports of the loopback address. Tests may uncomment lines of the
 * file. Its regions.map places the loopback address in Japan. Confined to the thread of the test.
 */
public final class ProductionProxy implements AutoCloseable {
    public static final Path CONFIGURATION = GatewayProcess.ROOT.resolve("scripts/haproxy/haproxy.cfg");
    public static final Path REGIONS = GatewayProcess.ROOT.resolve("scripts/haproxy/regions.map");

    private final int port = Ports.free();
    private final int plainPort = Ports.free();
    private final SelfSignedCertificate certificate = SelfSignedCertificate.create();
    private final Path folder;
    private final Map<String, String> environment = new HashMap<>();
    private Path configuration = CONFIGURATION;
    private @Nullable HaproxyFixture proxy;

    /** @param folder for the files of this proxy, which is not started yet */
    public ProductionProxy(Path folder) {
        this.folder = folder;
        Path pem = folder.resolve("hibiki.pem");
        Path regions = folder.resolve("regions.map");
        certificate.writePem(pem);
        try {
            Files.writeString(regions, Files.readString(REGIONS) + "127.0.0.0/8 JP\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        environment.put("HIBIKI_HTTPS", "127.0.0.1:" + port);
        environment.put("HIBIKI_HTTP", "127.0.0.1:" + plainPort);
        environment.put("HIBIKI_CERTIFICATE", pem.toString());
        environment.put("HIBIKI_REGIONS", regions.toString());
        environment.put("HIBIKI_MAXCONN", "1000");
        environment.put("HIBIKI_LOG", "stdout");
        environment.put("HIBIKI_STATS_SOCKET", folder.resolve("haproxy.sock").toString());
        if (!"root".equals(System.getProperty("user.name"))) {
            environment.put("HIBIKI_UNPRIVILEGED", "1");
        }
    }

    public ProductionProxy with(String variable, Object value) {
        environment.put(variable, "" + value);
        return this;
    }

    /** Uncomments the lines that start with these texts. */
    public ProductionProxy uncomment(String... beginnings) {
        try {
            String text = Files.readString(configuration);
            for (String beginning : beginnings) {
                if (!text.contains("\n    #" + beginning)) {
                    throw new IllegalArgumentException("No line is commented out that begins with " + beginning);
                }
                text = text.replace("\n    #" + beginning, "\n    " + beginning);
            }
            configuration = Files.writeString(folder.resolve("changed.cfg"), text);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path configuration() {
        return configuration;
    }

    public Map<String, String> environment() {
        return environment;
    }

    /** Uses these ports of the loopback address for the gateway {@code ONE} or {@code TWO}. */
    public ProductionProxy gateway(String name, int clientPort, int adminPort) {
        environment.put("HIBIKI_" + name, "127.0.0.1:" + clientPort);
        return with("HIBIKI_" + name + "_ADMIN", adminPort);
    }

    public ProductionProxy start() {
        for (String name : List.of("ONE", "TWO")) {
            if (!environment.containsKey("HIBIKI_" + name)) {
                gateway(name, Ports.free(), Ports.free());
            }
        }
        proxy = HaproxyFixture.startMaster(configuration, environment, port, plainPort);
        return this;
    }

    public int plainPort() {
        return plainPort;
    }

    public String url(String target) {
        return "https://localhost:" + port + target;
    }

    public WebSocketClientBuilder client(String target) {
        return WebSocketClient.to("wss://localhost:" + port + target).tls(certificate.clientContext());
    }

    /** Clients with BoringSSL, whose handshakes take a fraction of the JDK's time. */
    public WebSocketSwarmBuilder swarm() {
        try {
            SslContext context = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.OPENSSL)
                    .trustManager(FingerprintTrustManagerFactory.builder("SHA-256")
                            .fingerprints(certificate.fingerprint())
                            .build())
                    .endpointIdentificationAlgorithm(null)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            "http/1.1"))
                    .build();
            return WebSocketSwarm.to("wss://localhost:" + port + "/")
                    .tls(() -> context.newEngine(ByteBufAllocator.DEFAULT));
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client for HTTP/2 with connections of its own. */
    public HttpClient http2() {
        return HttpClient.newBuilder().sslContext(certificate.clientContext()).build();
    }

    public HttpRequest.Builder request(String target) {
        return HttpRequest.newBuilder(URI.create(url(target))).timeout(Duration.ofSeconds(30));
    }

    public void reload() {
        started().reload("https");
    }

    public String output() {
        return started().output();
    }

    private HaproxyFixture started() {
        return Objects.requireNonNull(proxy, "not started");
    }

    /** Its log lines about ended connections. */
    public List<String> ended() {
        return output().lines().filter(line -> line.contains(" alpn=")).toList();
    }

    @Override
    public void close() {
        if (proxy != null) {
            proxy.close();
        }
    }
}

package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Redis for tests, the only source of one in this project. Confined to the thread of the test.
 *
 * <p>{@link RedisKind} chooses where it comes from: a container, if a Docker engine runs the image; else the {@code redis-server} of the PATH;
 * else the binary of the embedded-redis artifact. {@code HIBIKI_TEST_REDIS_KIND} ({@code docker}, {@code path}, {@code embedded} or {@code valkey}) forces one,
 * and {@code HIBIKI_TEST_REDIS_IMAGE} names the container's image. It listens on the loopback address and keeps no data.
 *
 * <p>It fails in the ways of production: {@link #stop} (an administrator), {@link #kill} (a crash), {@link #freeze} (a machine that hangs with
 * open connections). {@link #restart} brings it back, empty and on the same port. A test class uses it through {@link RedisExtension}. After
 * {@link #close}, or the end of the JVM, no process and no file is left.
 */
public final class RedisFixture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisFixture.class);

    /** Few enough commands that their replies fit into the socket while the test does not read them. */
    private static final int PIPELINE = 500;

    private final RedisKind kind;
    private final int port;
    private final @Nullable String password;
    private final @Nullable SSLContext tls;
    private final @Nullable TempFolder keys;
    private final RedisServer server;
    private boolean running;
    private boolean frozen;
    private boolean closed;

    private RedisFixture(Builder builder) {
        kind = builder.kind;
        port = builder.port;
        tls = builder.tls;
        keys = builder.keys;
        List<String> extraArguments = builder.arguments;
        int passwordAt = extraArguments.indexOf("--requirepass") + 1;
        password = passwordAt > 0 ? extraArguments.get(passwordAt) : null;
        server = builder.server();
    }

    /** Starts a Redis of the first kind that works; {@code extraArguments} are for {@code redis-server}, e.g. {@code --maxclients 10}. */
    public static RedisFixture start(String... extraArguments) {
        return start(DefaultKind.KIND, extraArguments);
    }

    public static RedisFixture start(RedisKind kind, String... extraArguments) {
        return launch(new Builder(kind, List.of(extraArguments)));
    }

    /** Starts a Redis without a container, for tests in which one must reach another at 127.0.0.1, such as a replica its master. */
    public static RedisFixture startLocal(String... extraArguments) {
        return start(RedisKind.local(), extraArguments);
    }

    /**
     * Starts a Redis that accepts only TLS. With {@code --tls-auth-clients yes} it accepts only clients that show this same
     * certificate. It needs the {@code redis-server} of the PATH, because that of the artifact has no TLS.
     */
    public static RedisFixture startTls(SelfSignedCertificate certificate, String... extraArguments) {
        Component.REDIS_SERVER.require();
        return launch(new Builder(RedisKind.PATH, List.of(extraArguments)).tls(certificate));
    }

    /** Starts a Sentinel, which answers PING and can be killed and frozen like a Redis. */
    static RedisFixture startSentinel(String... configuration) {
        Builder builder = new Builder(RedisKind.local(), List.of(configuration));
        builder.sentinel = true;
        return launch(builder);
    }

    private static RedisFixture launch(Builder builder) {
        RedisFixture fixture = new RedisFixture(builder);
        AtExit.close(fixture);
        try {
            fixture.launch();
        } catch (RuntimeException e) {
            fixture.close();
            throw e;
        }
        return fixture;
    }

    /** The kind and the arguments of a Redis to start. */
    private static final class Builder {
        private final RedisKind kind;
        private final int port = Ports.free();
        private final List<String> arguments;
        private boolean sentinel;
        private @Nullable SSLContext tls;
        private @Nullable TempFolder keys;

        private Builder(RedisKind kind, List<String> arguments) {
            this.kind = kind;
            this.arguments = new ArrayList<>(arguments);
        }

        private Builder tls(SelfSignedCertificate certificate) {
            keys = TempFolder.create("redis");
            tls = certificate.mutualContext();
            String pem = keys.file("tls.pem").toString();
            certificate.writePem(Path.of(pem));
            arguments.addAll(List.of("--port", "0", "--tls-port", Integer.toString(port)));
            arguments.addAll(List.of("--tls-cert-file", pem, "--tls-key-file", pem, "--tls-ca-cert-file", pem));
            if (!arguments.contains("--tls-auth-clients")) {
                arguments.addAll(List.of("--tls-auth-clients", "no"));
            }
            return this;
        }

        private RedisServer server() {
            if (sentinel) {
                return LocalRedis.sentinel(port, arguments);
            }
            return switch (kind) {
                case DOCKER -> new DockerRedis(DockerEngine.require(), port, arguments);
                case PATH -> LocalRedis.fromPath(port, arguments);
                case EMBEDDED -> LocalRedis.embedded(port, arguments);
                case VALKEY -> LocalRedis.valkey(port, arguments);
            };
        }
    }

    public RedisKind kind() {
        return kind;
    }

    public int port() {
        return port;
    }

    /** {@code redis://127.0.0.1:port}, or {@code rediss} with TLS; it contains the password of {@code --requirepass}. */
    public String uri() {
        return (tls == null ? "redis://" : "rediss://") + (password == null ? "" : ":" + password + "@") + "127.0.0.1:"
                + port;
    }

    /** Whether Redis answers: not after {@link #stop} and {@link #kill}, and not while it is frozen. */
    public boolean isRunning() {
        return running && !frozen;
    }

    /** Ends Redis in order; it closes the connections of its clients. */
    public void stop() {
        thaw();
        server.stop();
        running = false;
    }

    /** Ends Redis at once, with SIGKILL, frozen or not. */
    public void kill() {
        server.kill();
        frozen = false;
        running = false;
    }

    /** Starts Redis again, empty and on the same port, and stops it first if it runs; returns when it answers. */
    public void restart() {
        if (running) {
            stop();
        }
        launch();
    }

    /** Lets Redis keep its connections and its port but answer nothing, until {@link #thaw}. */
    public void freeze() {
        if (!frozen) {
            server.freeze();
            frozen = true;
        }
    }

    public void thaw() {
        if (frozen) {
            server.thaw();
            frozen = false;
        }
    }

    /** Makes Redis run, thawed and empty, whatever the last test did; its changes with CONFIG SET stay. */
    public void reset() {
        thaw();
        if (!running || !answers()) {
            restart();
        }
        cli("FLUSHALL");
    }

    /** Runs one command and returns the reply like {@code redis-cli}; throws a {@link RedisErrorException} for an error reply. */
    public String cli(String... command) {
        return call(RespConnection.bytes(command));
    }

    /** Publishes bytes; returns how many subscribers got them. */
    public long publish(String channel, byte[] payload) {
        return Long.parseLong(call(ascii("PUBLISH"), utf8(channel), payload));
    }

    public long publish(String channel, String payload) {
        return publish(channel, utf8(payload));
    }

    /** Publishes all over one connection in order; returns the total number of deliveries. */
    public long publishAll(String channel, List<byte[]> payloads) {
        try (RespConnection connection = new RespConnection(port, password, tls)) {
            long deliveries = 0;
            for (int from = 0; from < payloads.size(); from += PIPELINE) {
                int to = Math.min(from + PIPELINE, payloads.size());
                deliveries += publishPipelined(connection, channel, payloads.subList(from, to));
            }
            return deliveries;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long publishPipelined(RespConnection connection, String channel, List<byte[]> batch)
            throws IOException {
        for (byte[] payload : batch) {
            connection.send(ascii("PUBLISH"), utf8(channel), payload);
        }
        long deliveries = 0;
        for (int i = 0; i < batch.size(); i++) {
            deliveries += Long.parseLong(connection.read());
        }
        return deliveries;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            AtExit.forget(this);
            server.close();
            if (keys != null) {
                keys.close();
            }
        }
    }

    @Override
    public String toString() {
        return "Redis at " + uri() + " (" + kind.description() + ")";
    }

    private void launch() {
        server.start();
        running = true;
        server.awaitReady(this::answers);
    }

    private boolean answers() {
        return RespConnection.answers(port, password, tls);
    }

    private String call(byte[]... command) {
        try (RespConnection connection = new RespConnection(port, password, tls)) {
            connection.send(command);
            return connection.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Holds the choice of the kind, which is made and logged once in a JVM. The script scripts/check looks for the beginning of that line. */
    private static final class DefaultKind {
        static final RedisKind KIND;

        static {
            RedisKind.Choice choice = RedisKind.choose(
                    System.getenv(RedisKind.VARIABLE),
                    DockerEngine::whyNot,
                    () -> Component.REDIS_SERVER.find().isPresent());
            LOG.info("Tests take Redis from {}", choice);
            KIND = choice.kind();
        }
    }
}

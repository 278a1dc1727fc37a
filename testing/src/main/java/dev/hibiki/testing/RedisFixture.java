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
 * A real Redis for tests, the only way the tests of this project get one. Confined to the thread of the test.
 *
 * <p>Where it comes from is {@link RedisKind}: a container when a Docker engine has the image, or pulls it at once, and runs it; else {@code
 * redis-server} on the PATH; else the binary of the embedded-redis artifact. {@code HIBIKI_TEST_REDIS_KIND} ({@code docker}, {@code path} or {@code
 * embedded}) forces one, {@code HIBIKI_TEST_REDIS_IMAGE} names the container's image. It listens on the loopback address and keeps nothing.
 *
 * <p>It can be taken away in the ways it goes away in production: {@link #stop} (an administrator), {@link #kill} (a crash), {@link #freeze} (a
 * machine that hangs with its connections open); {@link #restart} brings it back, empty, on the same port. {@link RedisExtension} is the way to
 * use it in a test class. After {@link #close}, or the end of the JVM, no process and no file is left.
 */
public final class RedisFixture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisFixture.class);

    /** Few enough that Redis's replies fit into the socket while nobody reads them. */
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

    /** Starts a Redis of the kind that this machine has; {@code extraArguments} are those of {@code redis-server}, e.g. {@code --maxclients 10}. */
    public static RedisFixture start(String... extraArguments) {
        return start(DefaultKind.KIND, extraArguments);
    }

    public static RedisFixture start(RedisKind kind, String... extraArguments) {
        return launch(new Builder(kind, List.of(extraArguments)));
    }

    /** Starts a Redis outside of any container, for tests in which one must reach another at 127.0.0.1, such as a replica its master. */
    public static RedisFixture startLocal(String... extraArguments) {
        return start(RedisKind.local(), extraArguments);
    }

    /** Starts a Redis that talks TLS and nothing else. Needs the {@code redis-server} of the PATH: the artifact's lacks TLS. */
    public static RedisFixture startTls(SelfSignedCertificate certificate, String... extraArguments) {
        Component.REDIS_SERVER.require();
        return launch(new Builder(RedisKind.PATH, List.of(extraArguments)).tls(certificate));
    }

    /** A Sentinel, which is a Redis too: it answers PING and can be killed and frozen. */
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

    /** What to start. */
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
            tls = certificate.clientContext();
            String pem = keys.file("tls.pem").toString();
            certificate.writePem(Path.of(pem));
            arguments.addAll(List.of("--port", "0", "--tls-port", Integer.toString(port), "--tls-auth-clients", "no"));
            arguments.addAll(List.of("--tls-cert-file", pem, "--tls-key-file", pem));
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
            };
        }
    }

    public RedisKind kind() {
        return kind;
    }

    public int port() {
        return port;
    }

    /** {@code redis://127.0.0.1:port}, or {@code rediss} with TLS; with the password if one was set by {@code --requirepass}. */
    public String uri() {
        return (tls == null ? "redis://" : "rediss://") + (password == null ? "" : ":" + password + "@") + "127.0.0.1:"
                + port;
    }

    /** False after {@link #stop} and {@link #kill}; also false while frozen, since it answers nothing. */
    public boolean isRunning() {
        return running && !frozen;
    }

    /** Ends Redis in good order: it says goodbye to its clients. */
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

    /** Brings Redis back on the same port, and ends it first if it runs; returns when it answers. It is empty then. */
    public void restart() {
        if (running) {
            stop();
        }
        launch();
    }

    /** Redis keeps its connections and its port but answers nothing, until {@link #thaw}. */
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

    /** Running, not frozen and empty, however the last test left it; what that test changed with CONFIG SET stays. */
    public void reset() {
        thaw();
        if (!running || !answers()) {
            restart();
        }
        cli("FLUSHALL");
    }

    /** Runs one command and returns the reply as {@code redis-cli} would print it; an error reply is a {@link RedisErrorException}. */
    public String cli(String... command) {
        return call(RespConnection.bytes(command));
    }

    /** Publishes any bytes; returns how many subscribers got them. */
    public long publish(String channel, byte[] payload) {
        return Long.parseLong(call(ascii("PUBLISH"), utf8(channel), payload));
    }

    public long publish(String channel, String payload) {
        return publish(channel, utf8(payload));
    }

    /** Publishes all over one connection, in order; returns how many deliveries that made. */
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

    /** Chosen at first use and logged then, once in a JVM. scripts/check finds the line by its beginning. */
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

package dev.hibiki.gateway.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.runtime.TransportChoice;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A gateway in a process of its own, started with a command of an operator. Confined to the thread of the test. */
public final class GatewayProcess implements AutoCloseable {
    public static final String CHANNEL = "topvideohub:trending";
    /** Maven and IDEs run tests in the folder of their module. */
    public static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    public static final Path JAR = newerThanItsSources(ROOT.resolve("gateway/target/hibiki.jar"));

    private static final Duration ALLOWED = Duration.ofSeconds(60);

    private final int port;
    private final int adminPort;
    private final Path log;
    private final Process process;
    private final Thread killer;

    private GatewayProcess(Launch launch, boolean withPorts) throws IOException {
        port = launch.port;
        adminPort = launch.adminPort;
        log = Files.createTempFile("hibiki-process-", ".log");
        List<String> command = new ArrayList<>(launch.command);
        if (withPorts) {
            command.addAll(List.of("--host", "127.0.0.1", "--port", "" + port, "--admin-port", "" + adminPort));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("HIBIKI_"));
        // Name a transport: without io_uring, the choice of the gateway would log a warning, and tests look for
        // warnings.
        builder.environment()
                .put("HIBIKI_TRANSPORT", TransportChoice.AUTO.resolve().optionName());
        builder.environment().putAll(launch.environment);
        if (launch.folder != null) {
            builder.directory(launch.folder.toFile());
        }
        process = builder.start();
        killer = new Thread(process::destroyForcibly, "kill-gateway");
        Runtime.getRuntime().addShutdownHook(killer);
    }

    /** Shading does not touch an unchanged jar. If it is older than a source then, a script would build it again, so its time is set to now. */
    private static Path newerThanItsSources(Path jar) {
        if (!Files.exists(jar)) {
            return jar;
        }
        try (Stream<Path> sources = Files.walk(ROOT.resolve("gateway/src/main"))) {
            FileTime built = Files.getLastModifiedTime(jar);
            List<Path> all = Stream.concat(sources, Stream.of(ROOT.resolve("pom.xml"), ROOT.resolve("gateway/pom.xml")))
                    .toList();
            for (Path source : all) {
                if (Files.getLastModifiedTime(source).compareTo(built) > 0) {
                    return Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
                }
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command, the environment and the ports of a gateway to start. */
    public static final class Launch {
        private final List<String> command = new ArrayList<>();
        private final Map<String, String> environment = new HashMap<>();
        private @Nullable Path folder;
        private int port = Ports.free();
        private int adminPort = Ports.free();

        private Launch(List<String> command) {
            this.command.addAll(command);
        }

        public Launch with(String... arguments) {
            command.addAll(List.of(arguments));
            return this;
        }

        public Launch environment(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** The address of its admin port. */
        public String admin() {
            return "http://127.0.0.1:" + adminPort;
        }

        /** Uses the ports of a gateway that has ended, as its successor. */
        public Launch after(GatewayProcess ended) {
            return on(ended.port, ended.adminPort);
        }

        public Launch on(int clients, int admin) {
            port = clients;
            adminPort = admin;
            return this;
        }

        public Launch in(Path directory) {
            folder = directory;
            return this;
        }

        /** Starts a gateway on free ports of the loopback address and waits until it is ready. */
        public GatewayProcess start() throws IOException {
            GatewayProcess gateway = startUnready();
            gateway.awaitReady();
            return gateway;
        }

        /** Starts a gateway that may not be ready yet. */
        public GatewayProcess startUnready() throws IOException {
            return new GatewayProcess(this, true);
        }

        /** Starts a gateway and returns the first client that it admits, as early as possible. */
        public EarlyClient startAndConnect() throws IOException {
            GatewayProcess gateway = new GatewayProcess(this, true);
            try {
                return new EarlyClient(
                        gateway,
                        await().atMost(ALLOWED)
                                .pollDelay(Duration.ZERO)
                                .pollInterval(Duration.ofMillis(1))
                                .ignoreException(UncheckedIOException.class)
                                .until(gateway::connect, Objects::nonNull));
            } catch (RuntimeException e) {
                gateway.close();
                throw e;
            }
        }

        /** Runs the command without ports, to its end. */
        public Result run() throws IOException {
            try (GatewayProcess gateway = new GatewayProcess(this, false)) {
                return new Result(gateway.awaitExit(), gateway.output());
            }
        }
    }

    /** The exit code of a command and its output, standard output and error in one. */
    public record Result(int exitCode, String output) {}

    /** A gateway that may not be ready yet, and its first client. */
    public record EarlyClient(GatewayProcess gateway, WebSocketClient client) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            gateway.close();
        }
    }

    /** {@code java -jar hibiki.jar} with no flags at all, on the Java that runs the tests. */
    public static Launch jar(String... arguments) {
        assertThat(JAR).as("The fat jar; mvn package makes it").isRegularFile();
        String java = Path.of(System.getProperty("java.home"), "bin/java").toString();
        return new Launch(List.of(java, "-jar", JAR.toString())).with(arguments);
    }

    /** As {@link #jar}, after these commands of a shell, which prepare the process that then becomes the gateway. */
    public static Launch jarAfter(String commands, String... arguments) {
        Launch plain = jar(arguments);
        plain.command.addAll(0, List.of("sh", "-c", commands + "; exec \"$0\" \"$@\""));
        return plain;
    }

    /** {@code scripts/run}. */
    public static Launch script(String... arguments) {
        return script(ROOT.resolve("scripts/run"), arguments);
    }

    public static Launch script(Path file, String... arguments) {
        return command(List.of(file.toString())).with(arguments);
    }

    /** A command that becomes the gateway. */
    public static Launch command(List<String> command) {
        return new Launch(command);
    }

    /** Waits until it is ready; ends it when it does not become ready. */
    public void awaitReady() throws IOException {
        try {
            await().atMost(ALLOWED)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> !process.isAlive() || Http.status(admin("/readyz")) == 200);
            assertThat(process.isAlive()).as("It runs; it said: " + output()).isTrue();
        } catch (RuntimeException | AssertionError e) {
            close();
            throw e;
        }
    }

    public String webSocket() {
        return "ws://127.0.0.1:" + port + "/";
    }

    public int port() {
        return port;
    }

    public int adminPort() {
        return adminPort;
    }

    public WebSocketClient connect() {
        return WebSocketClient.to(webSocket()).connect();
    }

    /** An address on the admin port. */
    public String admin(String path) {
        return "http://127.0.0.1:" + adminPort + path;
    }

    /** Publishes over HTTP. */
    public void publish(String event) {
        assertThat(Http.post(admin("/publish/" + CHANNEL), event).statusCode()).isEqualTo(202);
    }

    public long pid() {
        return process.pid();
    }

    /** Asks it to end, with SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Sends it a signal, by its name. */
    public void signal(String name) throws Exception {
        assertThat(new ProcessBuilder("kill", "-s", name, "" + process.pid())
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Kills the process, as a crash would. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    public int awaitExit() {
        return awaitExit(ALLOWED);
    }

    public int awaitExit(Duration allowed) {
        try {
            assertThat(process.waitFor(allowed.toMillis(), TimeUnit.MILLISECONDS))
                    .as("It ends")
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for a gateway to end", e);
        }
        return process.exitValue();
    }

    public String output() throws IOException {
        return Files.readString(log);
    }

    @Override
    public void close() throws IOException {
        kill();
        Runtime.getRuntime().removeShutdownHook(killer);
        Files.delete(log);
    }
}

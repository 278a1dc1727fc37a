package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/** A {@code redis-server} binary run as a child of this JVM, in a directory of its own. Confined to its fixture. */
final class LocalRedis implements RedisServer {
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);

    private final TempFolder folder;
    private final List<String> command;
    private @Nullable ExternalProcess process;

    private LocalRedis(TempFolder folder, List<String> command) {
        this.folder = folder;
        this.command = command;
    }

    private static LocalRedis server(TempFolder folder, Path binary, int port, List<String> extraArguments) {
        List<String> command = new ArrayList<>(List.of(
                binary.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.path().toString()));
        command.addAll(NO_PERSISTENCE);
        command.addAll(extraArguments);
        return new LocalRedis(folder, command);
    }

    static LocalRedis fromPath(int port, List<String> extraArguments) {
        Path binary = Component.REDIS_SERVER.require();
        return server(TempFolder.create("redis"), binary, port, extraArguments);
    }

    static LocalRedis valkey(int port, List<String> extraArguments) {
        Path binary = Component.VALKEY_SERVER.require();
        return server(TempFolder.create("valkey"), binary, port, extraArguments);
    }

    /** Runs the binary of the embedded-redis artifact for this machine, unpacked into the server's directory. */
    static LocalRedis embedded(int port, List<String> extraArguments) {
        TempFolder folder = TempFolder.create("redis");
        return server(folder, unpack(folder), port, extraArguments);
    }

    /** A Sentinel from the PATH or else from the artifact. It saves its state in its configuration, so that a restart continues with it. */
    static LocalRedis sentinel(int port, List<String> configuration) {
        TempFolder folder = TempFolder.create("redis");
        Path binary = Component.REDIS_SERVER.find().orElseGet(() -> unpack(folder));
        Path file = folder.file("sentinel.conf");
        List<String> lines = new ArrayList<>(List.of("port " + port, "bind 127.0.0.1", "dir " + folder.path()));
        lines.addAll(configuration);
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            folder.close();
            throw new UncheckedIOException(e);
        }
        return new LocalRedis(folder, List.of(binary.toString(), file.toString(), "--sentinel"));
    }

    private static Path unpack(TempFolder folder) {
        try {
            return ExecutableProvider.newJarResourceProvider(folder.path().toFile())
                    .get()
                    .toPath();
        } catch (IOException e) {
            folder.close();
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void start() {
        if (process != null && process.isAlive()) {
            throw new IllegalStateException("Redis runs already");
        }
        process = ExternalProcess.start("redis-server", folder, command);
    }

    @Override
    public void awaitReady(BooleanSupplier ready) {
        running().awaitReady(START_ALLOWED, ready);
    }

    @Override
    public void stop() {
        running().stop();
    }

    @Override
    public void kill() {
        running().kill();
    }

    @Override
    public void freeze() {
        running().signal("STOP");
    }

    @Override
    public void thaw() {
        running().signal("CONT");
    }

    /** Kills the server, because its data is not kept. */
    @Override
    public void close() {
        if (process != null) {
            process.kill();
        }
        folder.close();
    }

    private ExternalProcess running() {
        if (process == null) {
            throw new IllegalStateException("Redis was not started");
        }
        return process;
    }
}

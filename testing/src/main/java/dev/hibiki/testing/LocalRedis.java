package dev.hibiki.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
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

    private LocalRedis(TempFolder folder, Path binary, int port, List<String> extraArguments) {
        this.folder = folder;
        this.command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(List.of(
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--dir",
                folder.path().toString()));
        command.addAll(NO_PERSISTENCE);
        command.addAll(extraArguments);
    }

    static LocalRedis fromPath(int port, List<String> extraArguments) {
        Path binary = Component.REDIS_SERVER.require();
        return new LocalRedis(TempFolder.create("redis"), binary, port, extraArguments);
    }

    /** Runs the binary that the embedded-redis artifact carries for this machine, unpacked into the server's directory. */
    static LocalRedis embedded(int port, List<String> extraArguments) {
        TempFolder folder = TempFolder.create("redis");
        try {
            File binary = ExecutableProvider.newJarResourceProvider(
                            folder.path().toFile())
                    .get();
            return new LocalRedis(folder, binary.toPath(), port, extraArguments);
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

    /** Nothing of it is kept, so the quick way is as good as the gentle one. */
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

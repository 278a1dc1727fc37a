package dev.hibiki.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;

/**
 * The Docker engine of this machine. Any thread may call; a JVM looks for it and tries it once.
 *
 * <p>Testcontainers is used only to find the engine: a socket, {@code DOCKER_HOST}, Docker Desktop or a rootless engine. Its containers would
 * need a second image (Ryuk, which cleans up after a killed JVM) and two minutes for a failed pull. When the tests run in a container
 * themselves, they would wait for the port at the address of the bridge. {@link AtExit} removes the containers of this project; after a killed
 * JVM, {@code docker ps --filter label=dev.hibiki.testing} shows the rest.
 */
final class DockerEngine implements ContainerEngine {
    static final String IMAGE_VARIABLE = "HIBIKI_TEST_REDIS_IMAGE";
    /** scripts/lib/docker.sh reads this line too. */
    static final String DEFAULT_IMAGE = "redis:8.2-alpine";

    private static final Duration ANSWER_ALLOWED = Duration.ofSeconds(15);
    private static final Duration PULL_ALLOWED = Duration.ofSeconds(20);
    private static final List<Path> TRACES = List.of(Path.of("/var/run/docker.sock"), Path.of("/run/docker.sock"));
    private static final List<String> TRACES_AT_HOME = List.of(".docker", ".testcontainers.properties");

    private final String image;
    private final @Nullable DockerClient client;

    private DockerEngine(String image, @Nullable DockerClient client) {
        this.image = image;
        this.client = client;
    }

    /** The reason why this machine's engine cannot run Redis for tests, empty when it can. */
    static Optional<String> whyNot() {
        return Local.PROBLEM;
    }

    /** The engine, or an error with the reason and the remedy when it cannot run Redis. */
    static DockerEngine require() {
        if (Local.PROBLEM.isPresent()) {
            throw new IllegalStateException("Tests cannot take Redis from a container: " + Local.PROBLEM.get()
                    + ". scripts/check --docker says how to prepare an engine; " + RedisKind.VARIABLE
                    + "=path takes the redis-server of the PATH");
        }
        return Local.ENGINE;
    }

    DockerClient client() {
        if (client == null) {
            throw new IllegalStateException("No Docker engine answers");
        }
        return client;
    }

    @Override
    public String image() {
        return image;
    }

    @Override
    public boolean answers() {
        return client != null;
    }

    @Override
    public boolean hasImage() {
        try {
            client().inspectImageCmd(image).exec();
            return true;
        } catch (NotFoundException none) {
            return false;
        }
    }

    @Override
    public Optional<String> pullImage() {
        return ImagePull.of(client(), image, PULL_ALLOWED);
    }

    @Override
    public Optional<String> tryContainer() {
        int port = Ports.free();
        DockerRedis redis = new DockerRedis(this, port, List.of());
        AutoCloseable atExit = redis::close;
        AtExit.close(atExit);
        try {
            redis.start();
            redis.awaitReady(() -> RespConnection.answers(port, null, null));
            return Optional.empty();
        } catch (RuntimeException e) {
            return Optional.of(e.getMessage() == null ? e.toString() : e.getMessage());
        } finally {
            AtExit.forget(atExit);
            redis.close();
        }
    }

    /** Looks for an engine only when there is a trace of one, because Testcontainers logs an error for each place without one. */
    private static @Nullable DockerClient connect() {
        boolean traces = System.getenv("DOCKER_HOST") != null
                || TRACES.stream().anyMatch(Files::exists)
                || TRACES_AT_HOME.stream()
                        .anyMatch(file -> Files.exists(Path.of(System.getProperty("user.home"), file)));
        if (!traces) {
            return null;
        }
        CompletableFuture<@Nullable DockerClient> connecting =
                CompletableFuture.supplyAsync(() -> DockerClientProviderStrategy.getClientForConfig(
                        DockerClientFactory.instance().getTransportConfig()));
        try {
            return connecting
                    .completeOnTimeout(null, ANSWER_ALLOWED.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException none) {
            return null;
        }
    }

    /** Holds the engine, which is tried at the first use. */
    private static final class Local {
        static final DockerEngine ENGINE =
                new DockerEngine(System.getenv().getOrDefault(IMAGE_VARIABLE, DEFAULT_IMAGE), connect());
        static final Optional<String> PROBLEM = ENGINE.problem();
    }
}

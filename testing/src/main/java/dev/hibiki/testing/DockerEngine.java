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
 * The Docker engine of this machine. Any thread may ask; it is looked for and tried once in a JVM.
 *
 * <p>Testcontainers finds it, wherever it is (a socket, {@code DOCKER_HOST}, Docker Desktop, a rootless one), and is asked for nothing else. Its
 * containers would bring a second image (Ryuk, which removes what a killed JVM leaves), a pull that takes two minutes to fail, and a wait for the
 * port at the address of the bridge when the tests run in a container themselves. {@link AtExit} removes the containers of this project; after a
 * JVM that was killed, {@code docker ps --filter label=dev.hibiki.testing} shows what is left.
 */
final class DockerEngine implements ContainerEngine {
    static final String IMAGE_VARIABLE = "HIBIKI_TEST_REDIS_IMAGE";
    /** Read by scripts/lib/docker.sh, too. */
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

    /** Why tests cannot take Redis from this machine's engine, empty when they can. */
    static Optional<String> whyNot() {
        return Local.PROBLEM;
    }

    /** The engine; where it does not serve, an error that says why and what to do. */
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

    /** Asks for an engine only where there is a trace of one: Testcontainers reports each place where it finds none as an error. */
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

    /** Tried at first use. */
    private static final class Local {
        static final DockerEngine ENGINE =
                new DockerEngine(System.getenv().getOrDefault(IMAGE_VARIABLE, DEFAULT_IMAGE), connect());
        static final Optional<String> PROBLEM = ENGINE.problem();
    }
}

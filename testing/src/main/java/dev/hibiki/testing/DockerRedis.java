package dev.hibiki.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * Redis in a container. Confined to its fixture.
 *
 * <p>Testcontainers chooses a new host port at each start, which would hide exactly what a restart is for: clients that come back to where the
 * server was. So the port is bound by hand, and the container is stopped and started through the Docker client, never replaced.
 */
final class DockerRedis implements RedisServer {
    static final String IMAGE_VARIABLE = "HIBIKI_TEST_REDIS_IMAGE";
    static final String DEFAULT_IMAGE = "redis:8.2-alpine";
    private static final int REDIS_PORT = 6379;
    private static final int STOP_GRACE_S = 5;
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);

    private static final List<Path> TRACES = List.of(Path.of("/var/run/docker.sock"), Path.of("/run/docker.sock"));
    private static final List<String> TRACES_AT_HOME = List.of(".docker", ".testcontainers.properties");

    private final GenericContainer<?> container;
    private boolean created;
    private boolean paused;

    DockerRedis(int port, List<String> extraArguments) {
        String image = System.getenv().getOrDefault(IMAGE_VARIABLE, DEFAULT_IMAGE);
        List<String> command = new ArrayList<>(List.of("redis-server"));
        command.addAll(NO_PERSISTENCE);
        command.addAll(extraArguments);
        container = new GenericContainer<>(DockerImageName.parse(image))
                .withCommand(command.toArray(String[]::new))
                .withExposedPorts(REDIS_PORT)
                .withCreateContainerCmdModifier(create -> bindPort(create, port));
    }

    /** Asks for an engine only where there is a trace of one: Testcontainers reports each place where it finds none as an error. */
    static boolean isAvailable() {
        boolean traces = System.getenv("DOCKER_HOST") != null
                || TRACES.stream().anyMatch(Files::exists)
                || TRACES_AT_HOME.stream()
                        .anyMatch(file -> Files.exists(Path.of(System.getProperty("user.home"), file)));
        return traces && DockerClientFactory.instance().isDockerAvailable();
    }

    private static void bindPort(CreateContainerCmd create, int port) {
        HostConfig host = Objects.requireNonNull(create.getHostConfig(), "host configuration");
        host.withPortBindings(new PortBinding(Binding.bindIpAndPort("127.0.0.1", port), new ExposedPort(REDIS_PORT)));
    }

    @Override
    public void start() {
        if (created) {
            docker().startContainerCmd(container.getContainerId()).exec();
        } else {
            created = true;
            container.start();
        }
    }

    @Override
    public void awaitReady(BooleanSupplier ready) {
        try {
            Deadline.in(START_ALLOWED).awaitUntil(() -> "Redis in a container is ready", ready);
        } catch (AssertionError late) {
            throw new IllegalStateException(late.getMessage() + "; its output:\n" + container.getLogs(), late);
        }
    }

    @Override
    public void stop() {
        docker().stopContainerCmd(container.getContainerId())
                .withTimeout(STOP_GRACE_S)
                .exec();
    }

    @Override
    public void kill() {
        if (paused) {
            thaw();
        }
        docker().killContainerCmd(container.getContainerId()).exec();
        Deadline.in(START_ALLOWED).awaitUntil(() -> "the container is gone", () -> !container.isRunning());
    }

    @Override
    public void freeze() {
        docker().pauseContainerCmd(container.getContainerId()).exec();
        paused = true;
    }

    @Override
    public void thaw() {
        docker().unpauseContainerCmd(container.getContainerId()).exec();
        paused = false;
    }

    @Override
    public void close() {
        container.stop();
    }

    private DockerClient docker() {
        return container.getDockerClient();
    }
}

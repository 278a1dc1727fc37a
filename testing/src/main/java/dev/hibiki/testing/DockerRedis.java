package dev.hibiki.testing;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse.ContainerState;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports.Binding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.testcontainers.utility.LogUtils;

/**
 * Redis in a container. Confined to its fixture.
 *
 * <p>It binds a fixed port on the loopback address. A restart stops and starts the same container, so that clients find the server at the same
 * address.
 */
final class DockerRedis implements RedisServer {
    /** Each container has this label with the process id of its JVM. */
    static final Map<String, String> LABEL =
            Map.of("dev.hibiki.testing", Long.toString(ProcessHandle.current().pid()));

    private static final ExposedPort REDIS_PORT = ExposedPort.tcp(6379);
    private static final int STOP_GRACE_S = 5;
    private static final Duration START_ALLOWED = Duration.ofSeconds(20);

    private final DockerClient docker;
    private final String image;
    private final int port;
    private final List<String> command;
    private @Nullable String container;
    private boolean paused;

    DockerRedis(DockerEngine engine, int port, List<String> extraArguments) {
        docker = engine.client();
        image = engine.image();
        this.port = port;
        // Protected mode would refuse clients from the engine's bridge. Only the official image disables it.
        command = new ArrayList<>(List.of("redis-server", "--protected-mode", "no"));
        command.addAll(NO_PERSISTENCE);
        command.addAll(extraArguments);
    }

    @Override
    public void start() {
        if (container == null) {
            PortBinding binding = new PortBinding(Binding.bindIpAndPort("127.0.0.1", port), REDIS_PORT);
            container = docker.createContainerCmd(image)
                    .withCmd(command)
                    .withExposedPorts(REDIS_PORT)
                    .withHostConfig(HostConfig.newHostConfig().withPortBindings(binding))
                    .withLabels(LABEL)
                    .exec()
                    .getId();
        }
        docker.startContainerCmd(container).exec();
    }

    @Override
    public void awaitReady(BooleanSupplier ready) {
        try {
            Deadline.in(START_ALLOWED)
                    .awaitUntil(() -> "Redis in a container is ready", () -> ready.getAsBoolean() || !isRunning());
        } catch (AssertionError late) {
            throw new IllegalStateException(late.getMessage() + "; its output:\n" + output(), late);
        }
        ContainerState state = state();
        if (!Boolean.TRUE.equals(state.getRunning())) {
            throw new IllegalStateException("redis-server in a container ended with exit code "
                    + state.getExitCodeLong() + "; its output:\n" + output());
        }
    }

    @Override
    public void stop() {
        try {
            docker.stopContainerCmd(container()).withTimeout(STOP_GRACE_S).exec();
        } catch (NotModifiedException alreadyStopped) {
            // The container has ended by itself or was killed.
        }
    }

    @Override
    public void kill() {
        if (paused) {
            thaw();
        }
        try {
            docker.killContainerCmd(container()).exec();
        } catch (ConflictException e) {
            if (isRunning()) {
                throw e;
            }
        }
        Deadline.in(START_ALLOWED).awaitUntil(() -> "the container is gone", () -> !isRunning());
    }

    @Override
    public void freeze() {
        docker.pauseContainerCmd(container()).exec();
        paused = true;
    }

    @Override
    public void thaw() {
        docker.unpauseContainerCmd(container()).exec();
        paused = false;
    }

    /** Kills the server, because its data is not kept. */
    @Override
    public void close() {
        if (container != null) {
            docker.removeContainerCmd(container)
                    .withForce(true)
                    .withRemoveVolumes(true)
                    .exec();
            container = null;
        }
    }

    private boolean isRunning() {
        return Boolean.TRUE.equals(state().getRunning());
    }

    private ContainerState state() {
        return docker.inspectContainerCmd(container()).exec().getState();
    }

    private String output() {
        return LogUtils.getOutput(docker, container());
    }

    private String container() {
        if (container == null) {
            throw new IllegalStateException("Redis was not started");
        }
        return container;
    }
}

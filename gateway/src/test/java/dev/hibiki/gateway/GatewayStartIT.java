package dev.hibiki.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.runtime.Lifecycle;
import dev.hibiki.gateway.support.Footprint;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whichever part of a gateway fails while it starts, and with whatever exception: nothing is left running. */
final class GatewayStartIT {
    private final int port = Ports.free();
    private final int adminPort = Ports.free();
    private final int agentPort = Ports.free();
    private final Footprint before = Footprint.now();
    private final LogCapture log = LogCapture.start();

    @TempDir
    Path folder;

    private GatewayConfig config;

    @BeforeEach
    void configureEveryPart() {
        Path pem = folder.resolve("server.pem");
        SelfSignedCertificate.create().writePem(pem);
        config = RunningGateway.config(
                "--port", Integer.toString(port),
                "--admin-port", Integer.toString(adminPort),
                "--agent-port", Integer.toString(agentPort),
                "--redis", "redis://127.0.0.1:" + Ports.free(),
                "--tls-cert-file", pem.toString(),
                "--tls-key-file", pem.toString(),
                "--jwks-url", "http://127.0.0.1:" + Ports.free() + "/");
    }

    @AfterEach
    void closeLog() {
        log.close();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        Footprint.awaitBackTo(before);
        for (int free : List.of(port, adminPort, agentPort)) {
            new ServerSocket(free, 1, InetAddress.getLoopbackAddress()).close();
        }
    }

    private Gateway start(Lifecycle parts) throws IOException {
        return Gateway.start(config, Plugins.builtIn(), new WebSocketFormat(), parts);
    }

    private List<String> steps() throws IOException {
        List<String> steps = new ArrayList<>();
        start(new Lifecycle(steps::add)).close();
        return steps;
    }

    @Test
    void shouldBuildAllPartsBeforeItStartsTheFirst() throws IOException {
        List<String> steps = steps();

        assertThat(steps).filteredOn(step -> step.startsWith("build ")).hasSizeGreaterThan(10);
        assertThat(steps).filteredOn(step -> step.startsWith("start ")).hasSizeGreaterThan(8);
        assertThat(steps.subList(steps.indexOf("start event loops"), steps.size()))
                .allMatch(step -> step.startsWith("start "));
    }

    @Test
    void shouldRunNothingBeforeThePartsAreStarted() {
        assertThatThrownBy(() -> start(new Lifecycle(step -> {
                    if (step.equals("start event loops")) {
                        // Lettuce starts the thread of its timer with its first client.
                        assertThat(Footprint.now().threads())
                                .filteredOn(thread -> !thread.startsWith("lettuce-timer"))
                                .isEqualTo(before.threads());
                        throw new IllegalStateException("far enough");
                    }
                })))
                .hasMessage("far enough");
    }

    @Test
    void shouldLeaveNothingRunningWhicheverPartFails() throws IOException {
        Consumer<String> exception = step -> {
            throw new IllegalStateException(step);
        };
        Consumer<String> error = step -> {
            throw new OutOfMemoryError(step);
        };
        for (String failing : steps()) {
            for (Consumer<String> failure : List.of(exception, error)) {
                assertThatThrownBy(() -> start(new Lifecycle(step -> {
                            if (step.equals(failing)) {
                                failure.accept(step);
                            }
                        })))
                        .hasMessage(failing);
                nothingIsLeft();
            }
        }
        assertThat(log.exceptions()).isEmpty();
    }

    @Test
    void shouldLeaveNothingRunningWhereAPortIsTaken() throws IOException {
        for (int taken : List.of(port, adminPort, agentPort)) {
            try (ServerSocket other = new ServerSocket(taken, 1, InetAddress.getLoopbackAddress())) {
                assertThatThrownBy(() -> start(new Lifecycle(step -> {})))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("127.0.0.1:" + other.getLocalPort());
            }
            nothingIsLeft();
        }
        assertThat(log.exceptions()).isEmpty();
    }

    @Test
    void shouldCloseTheOthersWhenAPartFailsToClose() throws IOException {
        Lifecycle parts = new Lifecycle(step -> {});
        Gateway gateway = start(parts);
        parts.start(
                "stubborn",
                () -> {
                    throw new IllegalStateException("stays open");
                },
                () -> {});

        gateway.close();

        assertThat(log.linesWith("Could not close")).hasSize(1);
    }
}

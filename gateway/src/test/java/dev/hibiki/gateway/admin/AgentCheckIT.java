package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.HaproxyFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.WebSocketClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real HAProxy follows the gateway's answers to its agent-check. */
final class AgentCheckIT {
    private static final String CONFIGURATION = """
            global
              stats socket %s mode 600 level admin
            defaults
              mode http
              timeout connect 5s
              timeout client 30s
              timeout server 30s
            frontend web
              bind 127.0.0.1:%d
              default_backend gateway
            backend gateway
              server one 127.0.0.1:%d weight 200 check agent-check agent-port %d agent-inter 100ms agent-send "one\\n"
            """;

    @TempDir
    private Path folder;

    private HaproxyFixture proxyTo(int clientPort, int agentPort) {
        int port = Ports.free();
        return HaproxyFixture.start(CONFIGURATION.formatted(socket(), port, clientPort, agentPort), port);
    }

    private Path socket() {
        return folder.resolve("stats");
    }

    /** The status and weight of the server in HAProxy's {@code show stat}. */
    private record Server(String status, int weight) {}

    private Server server() throws IOException {
        List<String> lines;
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket()));
            channel.write(StandardCharsets.US_ASCII.encode("show stat\n"));
            lines = new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .toList();
        }
        List<String> names = List.of(lines.get(0).split(",", -1));
        String[] values = lines.stream()
                .filter(line -> line.startsWith("gateway,one,"))
                .findFirst()
                .orElseThrow()
                .split(",", -1);
        return new Server(values[names.indexOf("status")], Integer.parseInt(values[names.indexOf("weight")]));
    }

    private void awaitServer(Predicate<Server> expected) {
        eventually().until(this::server, expected);
    }

    @Test
    void shouldGetFewerClientsWhileALoopIsStuckAndNoneDuringADrain() throws Exception {
        try (RunningGateway gateway = RunningGateway.start(
                        "--agent-port", "0", "--drain-delay-ms", "10000", "--loop-timeout-ms", "1000");
                HaproxyFixture proxy = proxyTo(gateway.gateway().clientPort(), gateway.agentPort())) {
            awaitServer(new Server("UP", 200)::equals);

            Runnable release = gateway.holdLoop(0);
            try {
                awaitServer(server -> server.equals(new Server("UP", 10)));
                assertThat(gateway.metric("hibiki_agent_weight")).isEqualTo(5);
                eventually().until(() -> gateway.get("/healthz").statusCode() == 503);
                assertThat(gateway.get("/healthz").body()).contains("an event loop has been stuck for ");
            } finally {
                release.run();
            }
            awaitServer(new Server("UP", 200)::equals);

            eventually().until(() -> gateway.get("/healthz").body().equals("ok: alive\n"));
            CompletableFuture<Void> closing = gateway.closing();
            awaitServer(server -> server.status().startsWith("DRAIN"));
            gateway.expedite();
            closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(proxy.output()).contains("enters drain state");
        }
    }

    @Test
    void shouldGetClientsAgainAfterARestart() throws Exception {
        int clientPort = Ports.free();
        int agentPort = Ports.free();
        String[] flags = {"--port", "" + clientPort, "--agent-port", "" + agentPort, "--drain-delay-ms", "10000"};
        try (HaproxyFixture proxy = proxyTo(clientPort, agentPort)) {
            try (RunningGateway old = RunningGateway.start(flags)) {
                CompletableFuture<Void> closing = old.closing();
                awaitServer(server -> server.status().startsWith("DRAIN"));
                old.expedite();
                closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            try (RunningGateway renewed = RunningGateway.start(flags)) {
                awaitServer(new Server("UP", 200)::equals);
                renewed.expedite();
            }
            assertThat(proxy.output()).contains("leaving forced drain");
        }
    }

    @Test
    void shouldBeInMaintenanceAndNotFailedWhileItRestarts() throws Exception {
        int clientPort = Ports.free();
        int agentPort = Ports.free();
        String[] flags = {"--port", "" + clientPort, "--agent-port", "" + agentPort, "--shutdown-timeout-ms", "86400000"
        };
        try (HaproxyFixture proxy = proxyTo(clientPort, agentPort)) {
            try (RunningGateway old = RunningGateway.start(flags)) {
                WebSocketClient last =
                        WebSocketClient.to(old.ws("/")).answersClose(false).connect();
                awaitServer(new Server("UP", 200)::equals);
                CompletableFuture<Void> closing = old.closing();
                awaitServer(server -> server.status().startsWith("MAINT"));
                last.close();
                closing.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }
            try (RunningGateway renewed = RunningGateway.start(flags)) {
                awaitServer(new Server("UP", 200)::equals);
                assertThat(renewed.connections()).isZero();
            }
            String output = proxy.output();
            assertThat(output).contains("DOWN for maintenance", "leaving forced maintenance");
            assertThat(output.substring(output.indexOf("DOWN for maintenance"))).doesNotContain("is DOWN");
        }
    }

    @Test
    void shouldGetNoClientsWhileItsSourceIsDown() {
        try (RunningGateway gateway =
                        RunningGateway.start("--agent-port", "0", "--redis", "redis://127.0.0.1:" + Ports.free());
                HaproxyFixture proxy = proxyTo(gateway.gateway().clientPort(), gateway.agentPort())) {
            awaitServer(server -> server.status().startsWith("DOWN"));
            eventually().untilAsserted(() -> assertThat(proxy.output()).contains("via agent : down ("));
        }
    }

    @Test
    void shouldSendOneLineAndWaitForThePeerToClose() throws Exception {
        try (RunningGateway gateway = RunningGateway.start("--agent-port", "0");
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.agentPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.getOutputStream().write("whatever\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .matches("ready up \\d+%\n");
        }
    }
}

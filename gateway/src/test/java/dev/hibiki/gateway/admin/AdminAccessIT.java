package dev.hibiki.gateway.admin;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.ProductionProxy;
import dev.hibiki.gateway.support.RawClient;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real requests on the admin port: whose names and keys it accepts. */
final class AdminAccessIT {
    @TempDir
    Path folder = Path.of("");

    /** The status of the answer to a request, whose lines are complete but for the last one. */
    private static int status(RunningGateway gateway, String... lines) throws IOException {
        try (RawClient client = new RawClient(gateway.gateway().adminPort())) {
            client.send(String.join("\n", lines) + "\nConnection: close\n\n");
            return Integer.parseInt(client.readToEnd().split(" ", 3)[1]);
        }
    }

    @Test
    void shouldNotAnswerAPageThatReachesThePortByANameOfItsOwn() throws IOException {
        try (RunningGateway gateway = RunningGateway.start("--admin-name", "gw-1.internal", "--admin-name=gw-2")) {
            String port = ":" + gateway.gateway().adminPort();
            for (String host :
                    new String[] {"127.0.0.1", "localhost" + port, "[::1]", "GW-1.internal", "gw-2" + port}) {
                assertThat(status(gateway, "GET /sessions HTTP/1.1", "Host: " + host))
                        .as(host)
                        .isEqualTo(200);
            }
            assertThat(status(gateway, "GET /metrics HTTP/1.0")).isEqualTo(200);
            for (String request :
                    new String[] {"GET /sessions", "HEAD /metrics", "GET /nothing", "OPTIONS /sessions"}) {
                assertThat(status(gateway, request + " HTTP/1.1", "Host: evil.example" + port))
                        .as(request)
                        .isEqualTo(403);
            }
            for (String path : new String[] {"/healthz", "/readyz", "/intake"}) {
                assertThat(status(gateway, "GET " + path + " HTTP/1.1", "Host: peer-7.internal"))
                        .as(path)
                        .isEqualTo(200);
            }
            for (String target : new String[] {"http://evil.example/sessions", "HTTP://evil.example?/healthz"}) {
                assertThat(status(gateway, "GET " + target + " HTTP/1.1", "Host: localhost"))
                        .as(target)
                        .isEqualTo(403);
            }
            assertThat(status(gateway, "GET http://localhost@evil.example/ HTTP/1.1", "Host: localhost"))
                    .isEqualTo(400);
            assertThat(status(gateway, "GET http://localhost/sessions HTTP/1.1", "Host: evil.example"))
                    .isEqualTo(200);
            assertThat(gateway.metric("hibiki_admin_refused_total{reason=\"host\"}"))
                    .isEqualTo(6);
        }
    }

    /** Otherwise the bodies of strangers would fill the memory. */
    @Test
    void shouldRefuseAStrangerBeforeItsBodyHasCome() throws IOException {
        String body = " HTTP/1.1\nContent-Length: 1000000\nExpect: 100-continue\n";
        String publish = "POST /publish/" + Events.CHANNEL + body;
        try (RunningGateway gateway = RunningGateway.start("--publish-key", "pub")) {
            assertThat(status(gateway, publish + "Host: localhost")).isEqualTo(401);
            assertThat(status(gateway, publish + "Host: localhost\nAuthorization: Bearer x"))
                    .isEqualTo(401);
            assertThat(status(gateway, publish + "Host: evil.example\nAuthorization: Bearer pub"))
                    .isEqualTo(403);
            assertThat(status(gateway, publish + "Host: localhost\nOrigin: null\nAuthorization: Bearer pub"))
                    .isEqualTo(403);
            assertThat(status(gateway, "POST /nothing" + body + "Host: localhost"))
                    .isEqualTo(404);
            try (RawClient client = new RawClient(gateway.gateway().adminPort())) {
                client.send(publish + "Host: localhost\nAuthorization: Bearer pub\n\n");
                assertThat(client.read()).startsWith("HTTP/1.1 100 ");
            }
        }
    }

    @Test
    void shouldChangeNothingForAPageOfAnotherOrigin() throws IOException {
        try (RunningGateway gateway = RunningGateway.start()) {
            String path = "/publish/" + Events.CHANNEL;
            String own = "http://127.0.0.1:" + gateway.gateway().adminPort();
            assertThat(gateway.post(path, "{}", "Origin", "https://evil.example")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(gateway.post("/drain", "", "Origin", "http://127.0.0.1:1")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(gateway.post(path, "{}", "Origin", own, "Sec-Fetch-Site", "same-site")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(gateway.metric("hibiki_events_in_total")).isZero();
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);

            assertThat(gateway.post(path, "{}", "Origin", own, "Sec-Fetch-Site", "same-origin")
                            .statusCode())
                    .isEqualTo(202);
            assertThat(gateway.post(path, "{}").statusCode()).isEqualTo(202);
        }
    }

    @Test
    void shouldShowSessionsOffLoopbackOnlyWithAKeyOfOperatorsWhichMayChange() throws IOException {
        Path file = Files.writeString(folder.resolve("keys"), "old\n");
        try (RunningGateway gateway = RunningGateway.start("--admin-host", "0.0.0.0", "--publish-key", "pub")) {
            assertThat(gateway.get("/sessions").statusCode()).isEqualTo(403);
            assertThat(gateway.get("/sessions").body()).contains("--admin-key");
            assertThat(gateway.get("/metrics").statusCode()).isEqualTo(200);
        }
        try (RunningGateway gateway = RunningGateway.start(
                "--admin-host=0.0.0.0",
                "--publish-key=pub",
                "--admin-key-file=" + file,
                "--admin-key-for-metrics=true")) {
            for (String path : new String[] {"/sessions", "/metrics"}) {
                assertThat(get(gateway, path, "pub")).isEqualTo(401);
                assertThat(get(gateway, path, "old")).isEqualTo(200);
            }
            assertThat(gateway.post("/publish/" + Events.CHANNEL, "{}", "Authorization", "Bearer old")
                            .statusCode())
                    .isEqualTo(401);

            Files.writeString(file, "new\n");
            eventually().until(() -> get(gateway, "/sessions", "old") == 401);
            assertThat(get(gateway, "/sessions", "new")).isEqualTo(200);
            assertThat(gateway.post("/drain", "", "Authorization", "Bearer new").statusCode())
                    .isEqualTo(202);
        }
    }

    private static int get(RunningGateway gateway, String path, String key) {
        return RunningGateway.send(gateway.adminRequest(path)
                        .header("Authorization", "Bearer " + key)
                        .GET())
                .statusCode();
    }

    @Test
    void shouldBeReadyForTheShippedConfigurationOfHaproxy() {
        Path stats = folder.resolve("haproxy.sock");
        try (RunningGateway gateway = RunningGateway.start("--admin-key", "ops");
                ProductionProxy proxy = new ProductionProxy(folder)
                        .gateway(
                                "ONE",
                                gateway.gateway().clientPort(),
                                gateway.gateway().adminPort())
                        .start()) {
            assertThat(proxy.configuration()).isEqualTo(ProductionProxy.CONFIGURATION);
            eventually()
                    .untilAsserted(() -> assertThat(ask(stats, "show stat").lines())
                            .anyMatch(line -> line.startsWith("hibiki,one,")
                                    && line.contains(",UP,")
                                    && line.contains(",L7OK,")));
        }
    }

    /** Asks HAProxy over its socket for operators. */
    private static String ask(Path socket, String command) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}

package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.testing.CompressingProxyFixture;
import dev.hibiki.testing.Ports;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;

/** Events arrive one by one through a proxy that compresses texts, for a client that takes compressed answers. */
final class CompressingProxyIT {
    private final int port = Ports.free();

    @Test
    void shouldPassEventsOnAsTheyCome() {
        try (RunningGateway gateway = RunningGateway.start();
                CompressingProxyFixture proxy =
                        CompressingProxyFixture.start(port, gateway.gateway().clientPort())) {
            assertThat(proxy)
                    .as("a proxy that compresses")
                    .satisfies(any -> assertThat(encodingOf("/hibiki.js")).isEqualTo("gzip"));
            EventStreamReader stream = EventStreamReader.open(
                    HttpClient.newHttpClient(), request("/sse").build());

            assertThat(stream.next("HTTP")).isEqualTo("HTTP_1_1 200");
            assertThat(stream.next("retry: ")).startsWith("retry: ");
            for (int i = 1; i <= 3; i++) {
                gateway.post("/publish/" + CHANNEL, event("JP", i));
                assertThat(stream.next("data: ")).isEqualTo("data: " + event("JP", i));
            }
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Accept-Encoding", "gzip");
    }

    private String encodingOf(String path) {
        return RunningGateway.send(request(path))
                .headers()
                .firstValue("Content-Encoding")
                .orElse("none");
    }
}

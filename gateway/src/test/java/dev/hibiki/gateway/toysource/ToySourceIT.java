package dev.hibiki.gateway.toysource;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static dev.hibiki.gateway.support.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.config.ConfigLoader;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.LogCapture;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A source that is one package and one line in the registry can do all that the built-in ones can. */
final class ToySourceIT {
    private static final Plugins PLUGINS = Plugins.builtIn().with(new ToySourceType());
    private static final String PATH = "/publish/" + CHANNEL;

    private static RunningGateway start(String broker) {
        return RunningGateway.start(PLUGINS, "--source", "toy", "--toy-broker", broker);
    }

    private static String help() throws ConfigException {
        return String.valueOf(new ConfigLoader("v", Map.of(), PLUGINS.sources())
                        .load("--help")
                        .text())
                .replaceAll("\\s+", " ");
    }

    private static String error(String... flags) {
        return catchThrowableOfType(
                        ConfigException.class, () -> new ConfigLoader("v", Map.of(), PLUGINS.sources()).load(flags))
                .getMessage();
    }

    @Test
    void shouldExplainItselfAndCheckItsOptions() throws ConfigException {
        assertThat(help())
                .contains("; toy: they are those of a toy. (default: pubsub)")
                .contains("--toy-broker NAME The broker to read from. (default: toy)");
        assertThat(error("--source", "none"))
                .startsWith("--source: \"none\", from flag --source (expected: pubsub, streams,")
                .endsWith(", toy)");
        assertThat(error("--source", "toy", "--toy-broker", "A"))
                .isEqualTo("--toy-broker: \"A\", from flag --toy-broker (expected: up to 16 letters)");
        assertThat(error("--source", "toy", "--channel", "a*"))
                .isEqualTo("--channel: \"a*\", from flag --channel (expected: names, since the toy knows no patterns)");
        assertThat(error("--source", "toy", "--stream-max-length", "0")).startsWith("--stream-max-length: \"0\"");
    }

    @Test
    void shouldDeliverItsEventsAndSayHowToPublish() {
        try (LogCapture log = LogCapture.start();
                RunningGateway gateway = start("deliver");
                WebSocketClient client = gateway.connect("/")) {
            ToyBroker.named("deliver").publish(CHANNEL, event("JP", 1));
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 1));
            assertThat(log.linesWith("Source: reading the toy. Channels: " + CHANNEL + ". Publish with: toy-cli "
                            + CHANNEL + " '{\"event\":"))
                    .hasSize(1);
            assertThat(gateway.metric("hibiki_source_up{source=\"toy\"}")).isOne();
            gateway.awaitMetric("hibiki_canary_round_trip_seconds_count{leg=\"toy\"}", 1);
        }
    }

    @Test
    void shouldGiveItsIdsToEventsThatArePublishedOverHttp() {
        try (RunningGateway gateway = start("publish");
                WebSocketClient client = gateway.connect("/")) {
            gateway.awaitMetric("hibiki_canary_round_trip_seconds_count{leg=\"toy\"}", 1);
            HttpResponse<String> answer = gateway.post(PATH, "[{\"region\":\"JP\"}," + event("JP", 2) + "]");

            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(Events.ids(answer.body())).containsExactly("toy-2", "e2");
            assertThat(Events.id(client.awaitText(PATIENCE))).isEqualTo("toy-2");
            assertThat(client.awaitText(PATIENCE)).isEqualTo(event("JP", 2));
            assertThat(RunningGateway.send(gateway.clientRequest("/demo").GET()).body())
                    .contains("\"publish\":false", "\"source\":\"toy\"");
        }
    }

    @Test
    void shouldMakeTheGatewayNotReadyWhileItSaysSo() {
        ToyBroker broker = ToyBroker.named("broken");
        broker.setUp(false);
        try (RunningGateway gateway = start("broken")) {
            gateway.awaitNotReady("the toy is broken");
            assertThat(gateway.post(PATH, event("JP", 1)).statusCode()).isEqualTo(503);
            broker.setUp(true);
            gateway.awaitReady();
        }
    }
}

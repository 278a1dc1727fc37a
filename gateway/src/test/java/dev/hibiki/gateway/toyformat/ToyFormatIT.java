package dev.hibiki.gateway.toyformat;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.plugins.Plugins;
import dev.hibiki.gateway.support.EventStreamReader;
import dev.hibiki.testing.Frame;
import dev.hibiki.testing.WebSocketClient;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A subprotocol with a wire format of its own is added as CONTRIBUTING.md says, and disturbs no other client. */
final class ToyFormatIT {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Plugins WITH_TOY = Plugins.builtIn().with(new ToyV1());
    private static final String GAP = "{\"$\":{\"gap\":{\"channel\":\"" + CHANNEL + "\",\"missed\":3}}}";

    private static String event(String id) {
        return "{\"event\":\"new_trending\",\"title\":\"" + "新しい動画".repeat(40) + "\",\"id\":\"" + id + "\"}";
    }

    private static void publish(RunningGateway gateway, String id) {
        assertThat(gateway.post("/publish/" + CHANNEL, event(id)).statusCode()).isEqualTo(202);
    }

    private static void loseThreeEvents(RunningGateway gateway) {
        gateway.hub().gap(gateway.hub().channels().entries().get(0), 3);
    }

    private static WebSocketClient connect(RunningGateway gateway, String target, String subprotocol) {
        return WebSocketClient.to(gateway.ws(target)).subprotocols(subprotocol).connect();
    }

    private static List<String> texts(WebSocketClient client, int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(client.awaitText(PATIENCE));
        }
        return texts;
    }

    @Test
    void shouldSendEventsAndGapNoticesInTheFormatOfTheSubprotocol() {
        try (RunningGateway gateway = RunningGateway.start(WITH_TOY);
                WebSocketClient toy = WebSocketClient.to(gateway.ws("/"))
                        .subprotocols("other, toy.v1")
                        .compress()
                        .connect()) {
            assertThat(toy.handshake().header("Sec-WebSocket-Protocol")).hasValue("toy.v1");
            assertThat(toy.handshake().header("Sec-WebSocket-Extensions")).isEmpty();
            publish(gateway, "e1");
            loseThreeEvents(gateway);
            publish(gateway, "e2");

            assertThat(texts(toy, 3))
                    .containsExactly("EVENT e1\n" + event("e1"), "GAP\n" + GAP, "EVENT e2\n" + event("e2"));
            assertThat(gateway.get("/sessions").body()).contains("\"ws+toy.v1\"");
        }
    }

    @Test
    void shouldReplayInTheFormatOfTheSubprotocolWhatCameBeforeItsFirstClient() {
        try (RunningGateway gateway = RunningGateway.start(WITH_TOY)) {
            publish(gateway, "e1");
            publish(gateway, "e2");
            loseThreeEvents(gateway);
            publish(gateway, "e3");
            try (WebSocketClient toy = connect(gateway, "/?last_id=e1", "toy.v1")) {
                assertThat(texts(toy, 3))
                        .containsExactly("EVENT e2\n" + event("e2"), "GAP\n" + GAP, "EVENT e3\n" + event("e3"));
            }
        }
    }

    @Test
    void shouldPreferTheSubprotocolThatIsRegisteredFirst() {
        try (RunningGateway gateway = RunningGateway.start(WITH_TOY);
                WebSocketClient both = connect(gateway, "/", "toy.v1, hibiki.v1")) {
            assertThat(both.handshake().header("Sec-WebSocket-Protocol")).hasValue("hibiki.v1");
        }
    }

    @Test
    void shouldLeaveTheBytesOfAllOtherClientsAsTheyAre() {
        List<String> alone = othersReceive(Plugins.builtIn());

        assertThat(othersReceive(WITH_TOY)).isEqualTo(alone);
        assertThat(alone).hasSize(13).contains("id: e1", "data: " + event("e2"), "event: gap");
    }

    /** The frames and lines that clients of all other kinds get beside one that offers {@code toy.v1}. */
    private static List<String> othersReceive(Plugins plugins) {
        try (RunningGateway gateway = RunningGateway.start(plugins);
                WebSocketClient toy = connect(gateway, "/", "toy.v1");
                WebSocketClient plain = gateway.connect("/");
                WebSocketClient hibiki = connect(gateway, "/", "hibiki.v1");
                WebSocketClient deflated =
                        WebSocketClient.to(gateway.ws("/")).compress().connect()) {
            EventStreamReader stream =
                    EventStreamReader.open(HTTP, gateway.clientRequest("/sse").build());
            gateway.awaitConnections(5);
            publish(gateway, "e1");
            loseThreeEvents(gateway);
            publish(gateway, "e2");

            assertThat(toy.awaitText(PATIENCE)).endsWith(event("e1"));
            List<String> received = new ArrayList<>();
            addFrames(received, plain, 2);
            addFrames(received, hibiki, 4);
            addFrames(received, deflated, 2);
            for (String prefix : List.of("id: e1", "data: ", "event: ", "data: ", "data: ")) {
                received.add(stream.next(prefix));
            }
            return received;
        }
    }

    private static void addFrames(List<String> received, WebSocketClient client, int count) {
        for (int i = 0; i < count; i++) {
            Frame frame = client.awaitFrame(PATIENCE);
            received.add(
                    frame.rsv() + " " + frame.opcode() + " " + HexFormat.of().formatHex(frame.payload()));
        }
    }
}

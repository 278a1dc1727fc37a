package dev.hibiki.gateway.runtime;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.testing.StreamDigest;
import dev.hibiki.testing.WebSocketSwarm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** All transports deliver the same bytes. */
@Tag("jdk")
final class TransportIT {
    @ParameterizedTest
    @EnumSource
    void shouldDeliverTheSameBytesOverEveryTransportAndLeaveNothingBehind(Transport transport) {
        assumeTrue(transport.unavailability() == null, () -> String.valueOf(transport.unavailability()));
        try (RunningGateway gateway =
                        RunningGateway.start("--transport", transport.optionName(), "--event-loops", "3");
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(50, PATIENCE)) {
            List<byte[]> events = Events.large(0, 500, 1_000);
            for (byte[] event : events) {
                gateway.post("/publish/" + CHANNEL, new String(event, StandardCharsets.UTF_8));
            }
            swarm.awaitMessages(events.size(), PATIENCE);

            assertThat(swarm.reports())
                    .hasSize(50)
                    .allSatisfy(report -> assertThat(report.digest()).isEqualTo(StreamDigest.of(events)));
            swarm.closeNormally(0, 25);
            swarm.abort(25, 50);
            gateway.awaitConnections(0);
            swarm.awaitClosed(0, 25, PATIENCE);
            assertThat(swarm.reports(0, 25))
                    .allSatisfy(report -> assertThat(report.closure())
                            .isNotNull()
                            .extracting("code")
                            .isEqualTo(1000));
        }
    }
}

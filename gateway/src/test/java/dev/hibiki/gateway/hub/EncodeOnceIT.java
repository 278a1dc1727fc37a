package dev.hibiki.gateway.hub;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;
import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import dev.hibiki.testing.StreamDigest;
import dev.hibiki.testing.SwarmReport;
import dev.hibiki.testing.WebSocketSwarm;
import io.netty.buffer.ByteBuf;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** An event is parsed once and encoded once, and all clients get the same bytes. */
@Tag("jdk")
@ExtendWith(RedisExtension.class)
final class EncodeOnceIT {
    private static final int CLIENTS = 1_000;
    private static final int EVENTS = 1_000;
    private static final int EVENT_BYTES = 250;

    private static final class CountingFormat implements WireFormat {
        private final WireFormat format = new WebSocketFormat();
        private final AtomicInteger encoded = new AtomicInteger();

        @Override
        public void encode(Event event, ByteBuf out) {
            encoded.incrementAndGet();
            format.encode(event, out);
        }
    }

    @Test
    void shouldParseAndEncodeEachEventOnceAndSendTheSameBytesToAThousandClients(RedisFixture redis) {
        CountingFormat format = new CountingFormat();
        try (RunningGateway gateway = RunningGateway.start(format, "--redis", redis.uri());
                WebSocketSwarm swarm = WebSocketSwarm.to(gateway.ws("/"))
                        .sequence(Events::sequence)
                        .connect(CLIENTS, PATIENCE)) {
            gateway.awaitReady();
            List<byte[]> events = Events.large(0, EVENTS, EVENT_BYTES);
            redis.publishAll(CHANNEL, events);
            swarm.awaitMessages(EVENTS, PATIENCE);

            long expected = StreamDigest.of(events);
            assertThat(swarm.reports())
                    .hasSize(CLIENTS)
                    .allSatisfy(report -> assertThat(report.digest()).isEqualTo(expected))
                    .allSatisfy(report -> assertThat(report.messages()).isEqualTo(EVENTS))
                    .extracting(SwarmReport::missing, SwarmReport::duplicates, SwarmReport::reordered)
                    .containsOnly(tuple(0L, 0L, 0L));
            assertThat(format.encoded).hasValue(EVENTS);
            gateway.awaitMetric("hibiki_events_in_total", EVENTS);
            gateway.awaitMetric("hibiki_encode_seconds_count", EVENTS);
            assertThat(gateway.metric("hibiki_deliveries_total")).isEqualTo((double) CLIENTS * EVENTS);
        }
    }
}

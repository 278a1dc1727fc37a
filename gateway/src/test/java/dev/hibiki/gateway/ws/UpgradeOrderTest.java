package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.RejectedEventException;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.TestSessions;
import dev.hibiki.gateway.session.http.SessionSwap;
import dev.hibiki.gateway.session.http.StreamRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class UpgradeOrderTest {
    private static final String EVENT = "{\"title\":\"響\",\"id\":\"1\"}";

    /** A client may publish as soon as it has seen the 101, and expects its own event. */
    @Test
    void shouldDeliverEventsThatArePublishedOnceTheClientHasSeenTheUpgrade() throws Exception {
        try (TestSessions test = new TestSessions("news")) {
            test.channel
                    .pipeline()
                    .addLast(new PublishOnFirstWrite(test.hub))
                    .addLast("http", new ChannelDuplexHandler())
                    .addLast("router", new ChannelDuplexHandler());

            ClientProfile profile =
                    new ClientProfile(WebSocketProtocol.plain(test.hub.format()), test.regions.of(null), null);
            new SessionSwap("http", List.of("router"))
                    .swap(
                            test.channel.pipeline().context("router"),
                            Unpooled.copiedBuffer("101", StandardCharsets.US_ASCII),
                            new Session(test.sessions.loopOf(test.channel), profile),
                            new StreamRequest(
                                    Selection.of(test.hub.channels(), null, 64, null, null, null),
                                    test.regions.of(null),
                                    null,
                                    null));
            test.channel.runPendingTasks();

            assertThat(takeText(test.channel)).isEqualTo("101");
            assertThat(takeText(test.channel)).endsWith(EVENT);
        }
    }

    private static String takeText(EmbeddedChannel channel) {
        ByteBuf written = channel.readOutbound();
        assertThat(written).as("written bytes").isNotNull();
        try {
            return written.toString(StandardCharsets.UTF_8);
        } finally {
            written.release();
        }
    }

    private static final class PublishOnFirstWrite extends ChannelDuplexHandler {
        private final Hub hub;
        private boolean published;

        PublishOnFirstWrite(Hub hub) {
            this.hub = hub;
        }

        @Override
        public void flush(ChannelHandlerContext ctx) throws RejectedEventException {
            ctx.flush();
            if (!published) {
                published = true;
                EventParser parser = new EventParser(new EventLimits(1024, 8), "region", EventIds.newEpoch());
                hub.publish(
                        hub.channels().entries().get(0), "news", parser.parse(EVENT.getBytes(StandardCharsets.UTF_8)));
            }
        }
    }
}

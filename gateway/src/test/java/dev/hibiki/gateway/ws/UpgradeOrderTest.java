package dev.hibiki.gateway.ws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.event.EventIds;
import dev.hibiki.gateway.event.EventLimits;
import dev.hibiki.gateway.event.EventParser;
import dev.hibiki.gateway.event.RejectedEventException;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.LogLimits;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.RegionLabels;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.SessionSettings;
import dev.hibiki.gateway.session.SessionSwap;
import dev.hibiki.gateway.session.Sessions;
import dev.hibiki.gateway.session.StreamRequest;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class UpgradeOrderTest {
    private static final String EVENT = "{\"title\":\"響\",\"id\":\"1\"}";

    /** A client may publish the moment it has seen the 101, and then expects its own event. */
    @Test
    void shouldMissNothingThatIsPublishedOnceTheClientIsTold() throws Exception {
        EmbeddedChannel channel = new EmbeddedChannel();
        GatewayMetrics metrics = new GatewayMetrics();
        ChannelTable table = new ChannelTable(List.of("news"));
        Hub hub = new Hub(
                table,
                new WebSocketFormat(),
                LogLimits.retaining(1 << 20),
                UnpooledByteBufAllocator.DEFAULT,
                List.of(channel.eventLoop()),
                metrics::newLoopCounters);
        RegionLabels regions = new RegionLabels("US", metrics);
        Sessions sessions = new Sessions(
                hub,
                new SessionSettings(
                        25_000,
                        65_536,
                        30_000,
                        new GatewayConfig.Lag(Map.of(), null, "video_id"),
                        new GatewayConfig.ClientLimits(0, 0, 4_096, 64)),
                regions,
                new UserSessions(),
                metrics);
        channel.pipeline()
                .addLast(new PublishOnFirstWrite(hub))
                .addLast("http", new ChannelDuplexHandler())
                .addLast("router", new ChannelDuplexHandler());

        ClientProfile profile = new ClientProfile(regions.of(null), null);
        new SessionSwap("http", List.of("router"))
                .swap(
                        channel.pipeline().context("router"),
                        Unpooled.copiedBuffer("101", StandardCharsets.US_ASCII),
                        new WebSocketSession(sessions.loopOf(channel), profile, hub.format()),
                        new StreamRequest(Selection.of(table, 64, null, null, null), profile, null));
        channel.runPendingTasks();

        assertThat(takeText(channel)).isEqualTo("101");
        assertThat(takeText(channel)).endsWith(EVENT);
        channel.finishAndReleaseAll();
        sessions.close();
        hub.close();
        metrics.close();
    }

    private static String takeText(EmbeddedChannel channel) {
        ByteBuf written = channel.readOutbound();
        assertThat(written).as("something more is written").isNotNull();
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

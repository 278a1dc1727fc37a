package dev.hibiki.gateway.session;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.UserSessions;
import dev.hibiki.gateway.hub.FailingAllocator;
import dev.hibiki.gateway.hub.Hub;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.http.StreamRequest;
import dev.hibiki.gateway.wire.WebSocketFormat;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.Map;

/** A hub and the sessions of one embedded event loop. Confined to the thread of the test. */
public final class TestSessions implements AutoCloseable {
    /** A client's socket; its event loop is the only one that the hub has. */
    public final EmbeddedChannel channel = new EmbeddedChannel();

    public final GatewayMetrics metrics = new GatewayMetrics();
    public final RegionLabels regions = new RegionLabels("US", metrics);
    public final UserSessions users = new UserSessions();
    public final Hub hub;
    public final Sessions sessions;
    final FailingAllocator allocator = new FailingAllocator();

    /** Uses logs of 1 MiB and the default limits, except that a client may send any number of messages. */
    public TestSessions(String... channels) {
        this(
                new WebSocketFormat(),
                LogLimits.retaining(1 << 20),
                65_536,
                new GatewayConfig.ClientLimits(0, 0, 4_096, 64),
                channels);
    }

    public TestSessions(
            WireFormat format,
            LogLimits limits,
            int maxWriteBytes,
            GatewayConfig.ClientLimits clients,
            String... channels) {
        hub = new Hub(
                new ChannelTable(List.of(channels)),
                format,
                limits,
                new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
                List.of(channel.eventLoop()),
                metrics::newLoopCounters);
        SessionSettings settings = new SessionSettings(
                25_000, maxWriteBytes, 30_000, new GatewayConfig.Lag(Map.of(), null, "video_id"), clients);
        sessions = new Sessions(hub, settings, regions, users, metrics);
    }

    /** Lets a session enter that reads all channels. The event loop of the connection may be another than that of the hub. */
    public Session enter(EmbeddedChannel connection, Protocol protocol) {
        Session session = new Session(sessions.loopOf(channel), new ClientProfile(protocol, regions.of(null), null));
        connection.pipeline().addLast(session);
        connection.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
        session.enter(all(), null);
        return session;
    }

    /** A request for all channels, without a token. */
    public StreamRequest request() {
        return new StreamRequest(all(), regions.of(null), null, null);
    }

    private Selection all() {
        List<String> all =
                hub.channels().entries().stream().map(ChannelSpec::name).toList();
        return new Selection(all, List.of(), List.of());
    }

    /** Closes all, and fails when the logs still hold memory. */
    @Override
    public void close() {
        sessions.close();
        channel.finishAndReleaseAll();
        channel.checkException();
        hub.close();
        metrics.close();
        if (allocator.metric().usedDirectMemory() != 0) {
            throw new AssertionError("the logs' memory is still held");
        }
    }
}

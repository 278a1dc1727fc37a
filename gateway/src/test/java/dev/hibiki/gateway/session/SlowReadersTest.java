package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.hub.ResumeOutcome;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlowReadersTest {
    private static final int RETAINED_BYTES = 4_096;
    private static final int FRAME_BYTES = 102;
    private static final int STALL_TICKS = 30;

    private final TestSessions test = new TestSessions(
            new WebSocketFormat(),
            new LogLimits(RETAINED_BYTES, 512, 512),
            FRAME_BYTES,
            new GatewayConfig.ClientLimits(0, 0, 4_096, 64),
            "ch");
    private final TestProtocol protocol = new TestProtocol(test.hub.format(), true);
    private final List<Client> clients = new ArrayList<>();
    private final List<Session> sessions = new ArrayList<>();
    private int published;

    SlowReadersTest() {
        test.channel.freezeTime();
        test.sessions.start();
    }

    @AfterEach
    void close() {
        clients.forEach(EmbeddedChannel::finishAndReleaseAll);
        test.close();
    }

    /** A connection whose kernel takes only as many bytes as the test lets it. */
    private static final class Client extends EmbeddedChannel {
        private boolean takes = true;

        @Override
        protected void doWrite(ChannelOutboundBuffer out) throws Exception {
            if (takes) {
                super.doWrite(out);
            }
        }

        /** Takes a part of the frame that is next. */
        void take(int bytes) {
            unsafe().outboundBuffer().removeBytes(bytes);
        }

        void takeAll() {
            takes = true;
            flush();
            runPendingTasks();
        }
    }

    private Client client() {
        Client client = new Client();
        clients.add(client);
        sessions.add(test.enter(client, protocol));
        return client;
    }

    private Client slowClient() {
        Client client = client();
        client.takes = false;
        return client;
    }

    private void publish(int bytes) {
        for (int i = 0; i < bytes / FRAME_BYTES; i++) {
            test.hub.publish(
                    test.hub.channels().entries().get(0),
                    "ch",
                    new Event(new byte[FRAME_BYTES - 2], Integer.toString(published++), null, 0));
        }
        run();
    }

    private void run() {
        test.channel.runPendingTasks();
        clients.forEach(EmbeddedChannel::runPendingTasks);
    }

    private void pass(int ticks) {
        for (int i = 0; i < ticks; i++) {
            sessions.forEach(Session::markAlive); // Otherwise the heartbeat would find them dead.
            test.channel.advanceTimeBy(1, TimeUnit.SECONDS);
            run();
        }
    }

    /** Lets the loop look once more, which it does every 2 ms while it is congested. */
    private boolean isCongested() {
        test.channel.advanceTimeBy(2, TimeUnit.MILLISECONDS);
        run();
        return test.hub.shards().get(0).isCongested();
    }

    @Test
    void shouldResetAClientThatTakesNothingForTheTimeout() {
        Client client = slowClient();
        publish(3 * FRAME_BYTES);

        pass(STALL_TICKS);
        assertThat(client.isOpen()).isTrue();
        pass(1);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void shouldKeepAClientThatTakesAByteNowAndThen() {
        Client client = slowClient();
        publish(3 * FRAME_BYTES);

        for (int i = 0; i < FRAME_BYTES - 1; i++) {
            pass(STALL_TICKS / 2);
            client.take(1);
        }
        assertThat(client.isOpen()).isTrue();

        pass(STALL_TICKS + 2);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void shouldNotTakeTheNextSendOfAClientForBytesThatItTook() {
        Client client = slowClient();
        publish(FRAME_BYTES);
        pass(STALL_TICKS - 1);
        client.take(FRAME_BYTES / 2);
        pass(1);
        client.takeAll();
        client.takes = false;
        publish(FRAME_BYTES);

        pass(STALL_TICKS + 1);
        assertThat(client.isOpen()).isFalse();
    }

    @Test
    void shouldNotTakeAControlFrameAfterASendForBytesThatWereTaken() {
        Client client = slowClient();
        publish(FRAME_BYTES);
        pass(1);
        client.takeAll();
        client.takes = false;
        sessions.get(0).context().writeAndFlush(Unpooled.buffer(2).writeZero(2));

        pass(STALL_TICKS);
        assertThat(client.isOpen()).isTrue();
        pass(1);
        assertThat(client.isOpen()).isFalse();
    }

    /** The gap notice of an overrun waits until the socket is idle. A change of topics must not forget it. */
    @Test
    void shouldTellOfLostEventsWhenAClientChangesItsTopics() throws RefusedException {
        slowClient();
        publish(FRAME_BYTES); // This keeps the socket busy.
        publish(3 * RETAINED_BYTES);
        JoinResult start = select(List.of("JP"), List.of());

        assertThat(start.resumed()).isEqualTo(ResumeOutcome.GAP);
        assertThat(test.metrics.registry().get("hibiki.lag.missed").counter().count())
                .isPositive();
    }

    private JoinResult select(List<String> regions, List<String> lastIds) throws RefusedException {
        return Objects.requireNonNull(new TopicChange(sessions.get(0), "ch").select(regions, lastIds, later -> {}));
    }

    @Test
    void shouldNotPromiseAnIdWhileOlderEventsOfNewTopicsAreStillToCome() throws RefusedException {
        slowClient();
        publishTo("JP", 3);
        JoinResult start = select(List.of("JP"), List.of());

        assertThat(start).isEqualTo(new JoinResult(ResumeOutcome.NEW, null));
    }

    @Test
    void shouldResumeAnOverrunClientThatNamesAnEventOfItsNewTopics() throws RefusedException {
        slowClient();
        publish(FRAME_BYTES); // This keeps the socket busy.
        publishTo("JP", 3 * RETAINED_BYTES / FRAME_BYTES);
        List<String> newest = List.of(Integer.toString(published - 1));
        JoinResult start = select(List.of("JP"), newest);

        assertThat(start.resumed()).isEqualTo(ResumeOutcome.OK);
    }

    private void publishTo(String region, int events) {
        for (int i = 0; i < events; i++) {
            test.hub.publish(
                    test.hub.channels().entries().get(0),
                    "ch",
                    new Event(new byte[FRAME_BYTES - 2], Integer.toString(published++), region, 0));
        }
        run();
    }

    @Test
    void shouldBeCongestedWhileMostSessionsLagFar() {
        Client first = slowClient();
        Client second = slowClient();
        client();

        publish(RETAINED_BYTES * 3 / 4);
        assertThat(isCongested()).isTrue();

        first.takeAll();
        second.takeAll();
        run();
        assertThat(isCongested()).isFalse();
    }

    @Test
    void shouldNotBeCongestedByAFewSessions() {
        slowClient();
        client();
        client();

        publish(RETAINED_BYTES * 3 / 4);

        assertThat(isCongested()).isFalse();
    }

    @Test
    void shouldNotWaitForClientsThatTakeNothing() {
        Client client = slowClient();
        publish(RETAINED_BYTES * 3 / 4);
        pass(1);
        assertThat(isCongested()).isTrue();
        pass(1);
        assertThat(isCongested()).isFalse();

        client.take(1);
        pass(1);
        publish(RETAINED_BYTES / 8); // The next segment of the log.
        assertThat(isCongested()).isTrue();
    }

    @Test
    void shouldNotMakeALoopWaitForItself() {
        slowClient();
        publish(RETAINED_BYTES * 3 / 4);
        assertThat(isCongested()).isTrue();

        // An embedded loop runs on the thread of its caller, so that a wait would never end.
        test.hub.awaitRoom(Long.MAX_VALUE / 2_000_000);
    }
}

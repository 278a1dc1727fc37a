package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.session.http.SessionSwap;
import dev.hibiki.gateway.wire.CloseCode;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelId;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever fails while a session enters, nothing of it is left. */
class SessionEnterTest {
    private static final int HOLDINGS = 5;

    private final TestSessions test = new TestSessions("one", "two");
    private final SessionLoop loop = test.sessions.loopOf(test.channel);
    private final TestProtocol protocol = new TestProtocol(test.hub.format(), false);
    private final EmbeddedChannel connection = new EmbeddedChannel();

    @AfterEach
    void close() {
        connection.finishAndReleaseAll();
        test.close();
    }

    private void assertThatEnteringFailsAndLeavesNothing(Protocol speaks, Class<? extends Throwable> failure) {
        assertThatThrownBy(() -> test.enter(connection, speaks)).isInstanceOf(failure);

        assertThatNothingIsLeft();
        Session session = connection.pipeline().get(Session.class);
        assertThat(session.isOpen()).isFalse();
        session.close(CloseReason.of(CloseCode.GOING_AWAY));
        session.abort(CloseReason.CUT_OFF);
        assertThatNothingIsLeft();
        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
    }

    private void assertThatNothingIsLeft() {
        assertThat(loop.group().size()).isZero();
        assertThat(loop.openSockets()).isZero();
        assertThat(test.regions.connections()).isZero();
        assertThat(loop.profiles.size()).isZero();
        assertThat(test.hub.topicCount()).isZero();
    }

    @Test
    void shouldKnowAllHoldings() {
        assertThat(loop.holdings).hasSize(HOLDINGS);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, HOLDINGS})
    void shouldUndoTheStepsBeforeOneThatThrows(int step) {
        BiConsumer<Session, Grant> fail = (session, grant) -> {
            throw new OutOfMemoryError("step " + step);
        };
        Consumer<Session> never = session -> {
            throw new AssertionError("it was not taken");
        };
        loop.holdings.add(step, new SessionLoop.Holding(fail, never));

        assertThatEnteringFailsAndLeavesNothing(protocol, OutOfMemoryError.class);
    }

    @Test
    void shouldGiveBackTheTopicsWhenOneOfThemCannotBeMade() {
        test.allocator.failsHeap = true; // A format needs a buffer of its own.

        assertThatEnteringFailsAndLeavesNothing(new TestProtocol(new WebSocketFormat(), false), OutOfMemoryError.class);
    }

    @Test
    void shouldLeaveThePipelineToHttpWhenASessionCannotEnter() {
        loop.holdings.add(
                0,
                new SessionLoop.Holding(
                        (session, grant) -> {
                            throw new IllegalStateException("full");
                        },
                        session -> {}));
        connection.pipeline().addLast("http", new ChannelDuplexHandler()).addLast("router", new ChannelDuplexHandler());
        List<String> before = connection.pipeline().names();
        ByteBuf response = connection.alloc().buffer();
        Session session = new Session(loop, new ClientProfile(protocol, test.regions.of(null), null));

        assertThatThrownBy(() -> new SessionSwap("http", List.of("router"))
                        .swap(connection.pipeline().context("router"), response, session, test.request()))
                .hasMessage("full");

        assertThat(connection.pipeline().names()).isEqualTo(before);
        assertThat(response.refCnt()).isZero();
        assertThatNothingIsLeft();
    }

    @Test
    void shouldNotEnterWhenTheClientHasGone() {
        connection.close();
        Session session = test.enter(connection, protocol);

        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
        assertThatNothingIsLeft();
    }

    @Test
    void shouldBecomeClosedWhenTheProtocolFailsAtTheEnd() {
        Protocol failing = new TestProtocol(test.hub.format(), false) {
            @Override
            protected void onClosed(Session session) {
                throw new OutOfMemoryError("onClosed");
            }
        };
        Session session = test.enter(connection, failing);
        session.protocolState(new Protocol.State() {});
        connection.close();

        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
        assertThat(session.protocolState()).isNull();
        assertThatNothingIsLeft();
    }

    /** The id of a connection that no log line can name. */
    private static final class NamelessId implements ChannelId {
        private static final long serialVersionUID = 1L;

        @Override
        public String asShortText() {
            throw new OutOfMemoryError("as when the heap is full");
        }

        @Override
        public String asLongText() {
            return asShortText();
        }

        @Override
        public int compareTo(ChannelId other) {
            return 0;
        }
    }

    @Test
    void shouldLeaveWhenThereIsNoMemoryForTheLogLine() {
        EmbeddedChannel nameless = new EmbeddedChannel(new NamelessId());
        Session session = test.enter(nameless, protocol);
        session.close(CloseReason.of(CloseCode.POLICY));
        assertThat(session.state()).isEqualTo(SessionState.CLOSING);
        assertThat(loop.group().size()).isZero();
        assertThat(test.hub.topicCount()).isZero();

        session.exceptionCaught(session.context(), new IllegalStateException("as of a defect"));
        nameless.runPendingTasks();
        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
        assertThatNothingIsLeft();
    }

    @Test
    void shouldGoThroughTheStates() {
        Session session = test.enter(connection, protocol);
        assertThat(session.state()).isEqualTo(SessionState.OPEN);
        assertThat(loop.openSockets()).isOne();

        session.close(CloseReason.of(CloseCode.RESTARTING));
        session.close(CloseReason.of(CloseCode.LAGGED));
        assertThat(session.state()).isEqualTo(SessionState.CLOSING);
        assertThat(loop.group().size()).isZero();
        assertThat(loop.openSockets()).isOne();
        assertThat(protocol.told).isEqualTo(List.of(CloseReason.of(CloseCode.RESTARTING)));

        session.abort(CloseReason.CUT_OFF);
        connection.runPendingTasks();
        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
        assertThatNothingIsLeft();
        assertThat(protocol.told).hasSize(1);
    }
}

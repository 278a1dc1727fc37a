package dev.hibiki.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hibiki.gateway.wire.CloseCode;
import io.netty.channel.Channel;
import io.netty.channel.DefaultChannelId;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelGroupFuture;
import io.netty.channel.group.ChannelMatchers;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The sessions of a loop work as a channel group of Netty. */
class SessionGroupTest {
    private final TestSessions test = new TestSessions("ch");
    private final TestProtocol protocol = new TestProtocol(test.hub.format(), false);
    private final SessionGroup group = test.sessions.loopOf(test.channel).group();
    private final Set<Channel> channels = group;
    private final List<EmbeddedChannel> connections = new ArrayList<>();
    private final List<Session> sessions = new ArrayList<>();

    SessionGroupTest() {
        for (int i = 0; i < 3; i++) {
            EmbeddedChannel connection = new EmbeddedChannel(DefaultChannelId.newInstance());
            connections.add(connection);
            sessions.add(test.enter(connection, protocol));
        }
    }

    @AfterEach
    void close() {
        connections.forEach(EmbeddedChannel::finishAndReleaseAll);
        test.close();
    }

    @Test
    void shouldHoldTheChannelsOfOpenSessions() {
        assertThat(channels).hasSize(3).containsExactlyInAnyOrderElementsOf(connections);
        assertThat(group.name()).isEqualTo("sessions-0");
        assertThat(group.count(ChannelMatchers.isNot(connections.get(1)))).isEqualTo(2);

        sessions.get(0).close(CloseReason.of(CloseCode.LAGGED));
        assertThat(channels).hasSize(2).containsExactlyInAnyOrder(connections.get(1), connections.get(2));
        assertThat(group.find(connections.get(1).id())).isSameAs(connections.get(1));
        assertThat(group.find(connections.get(0).id())).isNull();
    }

    @Test
    void shouldVisitEachMatchingSessionWhileSessionsLeave() {
        List<Session> visited = new ArrayList<>();
        group.forEach(ChannelMatchers.isNot(connections.get(1)), session -> {
            visited.add(session);
            session.abort(CloseReason.CUT_OFF);
        });

        assertThat(visited).containsExactlyInAnyOrder(sessions.get(0), sessions.get(2));
        assertThat(channels).containsExactly(connections.get(1));
    }

    @Test
    void shouldVisitEachSessionOnceWhileAllOrSomeLeave() {
        List<EmbeddedChannel> crowd = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            EmbeddedChannel connection = new EmbeddedChannel();
            crowd.add(connection);
            test.enter(connection, protocol);
        }
        List<Session> visited = new ArrayList<>();
        group.forEach(ChannelMatchers.all(), session -> {
            visited.add(session);
            if (visited.size() % 3 > 0) {
                session.abort(CloseReason.CUT_OFF);
            }
        });

        assertThat(visited).hasSize(3_003).doesNotHaveDuplicates();
        assertThat(group.count(ChannelMatchers.all())).isEqualTo(1_001).isEqualTo(group.size());
        crowd.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @Test
    void shouldTellEachClientThatItIsClosed() {
        ChannelGroupFuture closed = group.close();

        assertThat(protocol.told).hasSize(3).containsOnly(CloseReason.of(CloseCode.GOING_AWAY));
        assertThat(channels).isEmpty();
        assertThat(closed.isDone()).isFalse();

        sessions.get(0).disconnect();
        assertThat(closed.isPartialSuccess()).isTrue();
        sessions.forEach(Session::disconnect);
        connections.forEach(EmbeddedChannel::runPendingTasks);
        assertThat(closed.isSuccess()).isTrue();
        assertThat(closed.find(connections.get(0))).isSameAs(connections.get(0).closeFuture());
    }

    @Test
    void shouldCloseMatchingSessions() {
        group.close(ChannelMatchers.isNot(connections.get(1)));

        assertThat(channels).containsExactly(connections.get(1));
        assertThat(sessions).extracting(Session::state).containsOnly(SessionState.CLOSING, SessionState.OPEN);
    }

    @Test
    void shouldBeDoneAtOnceWhenNothingMatches() {
        assertThat(group.newCloseFuture(ChannelMatchers.isInstanceOf(Unmatched.class))
                        .isSuccess())
                .isTrue();
    }

    private interface Unmatched extends Channel {}

    @Test
    void shouldNotWriteBesideTheLog() {
        assertThatThrownBy(() -> group.writeAndFlush("news"))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("publish to the hub");
    }

    @Test
    void shouldNotEqualAnotherEmptyGroup() {
        EventLoop loop = test.channel.eventLoop();
        ChannelGroup first = new SessionGroup("a", loop, 1);
        ChannelGroup second = new SessionGroup("b", loop, 1);

        assertThat(Set.of(first, second)).hasSize(2).contains(first, second);
        assertThat(first.compareTo(second)).isNegative();
    }
}

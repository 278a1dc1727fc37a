package dev.hibiki.gateway.ws;

import static dev.hibiki.gateway.ws.TestConnection.clientFrame;
import static dev.hibiki.gateway.ws.TestConnection.closeHex;
import static dev.hibiki.gateway.ws.TestConnection.hex;
import static dev.hibiki.gateway.ws.TestConnection.ping;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two connections of one loop share a reader without affecting each other. */
class FrameReaderTest {
    private final TestConnection one = TestConnection.upgraded();
    private final TestConnection other = TestConnection.upgraded();

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private void requireAnswered(TestConnection connection, String payload) {
        connection.receive(ping(payload));
        assertThat(connection.sentHex()).isEqualTo(pong(payload));
    }

    private static String pong(String payload) {
        return String.format("8a%02x", payload.length()) + hex(payload);
    }

    @Test
    void shouldReadFramesInPiecesOfAnySizeWhileAnotherConnectionSends() {
        byte[] frame = ping("in pieces");
        for (int size = 1; size < frame.length; size++) {
            for (int from = 0; from < frame.length; from += size) {
                assertThat(one.sentHex()).isEmpty();
                one.receive(Arrays.copyOfRange(frame, from, Math.min(from + size, frame.length)));
                requireAnswered(other, "whole");
            }
            assertThat(one.sentHex()).isEqualTo(pong("in pieces"));
        }
    }

    @Test
    void shouldLendAReturnedReaderButNoneInUse() {
        FrameReader first = FrameReader.borrow(false, 4_096);
        FrameReader second = FrameReader.borrow(false, 4_096);
        assertThat(second).isNotSameAs(first);

        assertThat(first.giveBack()).isTrue();
        assertThat(FrameReader.borrow(true, 4_096)).isNotSameAs(first);
        assertThat(FrameReader.borrow(false, 4_096)).isSameAs(first);
    }

    @Test
    void shouldReadTheBeginningOfAFrameAfterAWholeOne() {
        byte[] first = ping("first");
        byte[] both = Arrays.copyOf(first, first.length + 3);
        byte[] second = ping("second");
        System.arraycopy(second, 0, both, first.length, 3);

        one.receive(both);
        requireAnswered(other, "whole");
        one.receive(Arrays.copyOfRange(second, 3, second.length));

        assertThat(one.sentHex()).isEqualTo(pong("first") + pong("second"));
    }

    @Test
    void shouldKeepFragmentedMessagesOfConnectionsApart() {
        one.receive(clientFrame(0x01, new byte[] {'a'}));
        requireAnswered(one, "within"); // Control frames may come between fragments.
        other.receive(clientFrame(0x81, new byte[] {'b'}));
        one.receive(clientFrame(0x80, new byte[] {'c'}));
        assertThat(one.channel.isOpen()).isTrue();
        assertThat(other.channel.isOpen()).isTrue();

        one.receive(clientFrame(0x80, new byte[] {'d'}));
        assertThat(one.sentHex()).isEqualTo(closeHex(1002, "protocol error"));
        requireAnswered(other, "well");
    }

    /** The socket is still open, because the gateway's answer has not been sent yet. */
    @Test
    void shouldReadNothingAfterACloseFrameExceptFromOtherConnections() {
        ChannelHandler open = new ChannelOutboundHandlerAdapter() {
            @Override
            public void close(ChannelHandlerContext ctx, ChannelPromise promise) {}
        };
        one.channel.pipeline().addFirst(open);

        one.receive(clientFrame(0x88, new byte[0]));
        requireAnswered(other, "meanwhile");
        one.receive(ping("late"));

        assertThat(one.sentHex()).isEqualTo(closeHex(1000, ""));
        requireAnswered(other, "well");
        one.channel.pipeline().remove(open);
    }

    @Test
    void shouldCloseOnlyTheConnectionThatBreaksTheProtocol() {
        one.receiveHex("c18000000000");

        requireAnswered(other, "well");
        assertThat(one.sentHex()).isEqualTo(closeHex(1002, "protocol error"));
    }

    @Test
    void shouldReleaseAnIncompleteFrameWhenTheClientDisconnects() {
        one.receive(Arrays.copyOf(ping("half"), 8));
        one.channel.close();

        requireAnswered(other, "well");
    }

    @Test
    void shouldKeepPendingPongsOfConnectionsApart() {
        one.busy(true);
        one.receive(ping("one"));
        other.busy(true);
        other.receive(ping("other"));

        one.busy(false);
        other.busy(false);

        assertThat(one.sentHex()).isEqualTo(pong("one"));
        assertThat(other.sentHex()).isEqualTo(pong("other"));
    }
}

package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestDeadlineTest {
    private static final long REQUEST_MS = 10_000;
    private static final long IDLE_MS = 4_000;

    private final List<Channel> late = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void open() {
        channel.freezeTime();
        channel.pipeline().addLast("deadline", new RequestDeadline(REQUEST_MS, IDLE_MS, late::add));
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void pass(long milliseconds) {
        channel.advanceTimeBy(milliseconds, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private void receiveByte() {
        channel.writeInbound(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII));
        ByteBuf passedOn = channel.readInbound();
        assertThat(passedOn.release()).isTrue();
    }

    private void answer() {
        channel.pipeline().fireUserEventTriggered(RequestDeadline.ANSWERED);
    }

    @Test
    void shouldCloseAConnectionWithoutRequest() {
        pass(REQUEST_MS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(late).containsExactly(channel);
    }

    @Test
    void shouldNotBeExtendedBySingleBytes() {
        for (int i = 0; i < 10; i++) {
            pass(REQUEST_MS / 10 - 1);
            receiveByte();
        }
        assertThat(channel.isOpen()).isTrue();
        pass(10);
        assertThat(channel.isOpen()).isFalse();
        assertThat(late).hasSize(1);
    }

    @Test
    void shouldCloseAnIdleConnectionWithoutCountingARefusal() {
        receiveByte();
        answer();
        pass(IDLE_MS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(late).isEmpty();
    }

    @Test
    void shouldTimeTheNextRequestFromItsFirstByte() {
        receiveByte();
        answer();
        pass(IDLE_MS - 1);
        receiveByte();
        pass(IDLE_MS);
        receiveByte();
        pass(REQUEST_MS - IDLE_MS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
        assertThat(late).hasSize(1);
    }

    @Test
    void shouldRestartItsTimesWithEveryAnswer() {
        for (int i = 0; i < 5; i++) {
            receiveByte();
            pass(REQUEST_MS - 1);
            answer();
            pass(IDLE_MS - 1);
        }
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void shouldCancelTheDeadlineWhenTheHandlerIsRemoved() {
        channel.pipeline().remove("deadline");
        pass(2 * REQUEST_MS);

        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.hasPendingTasks()).isFalse();
    }

    /** TLS says good-bye before the socket is closed, and the client may send meanwhile. */
    @Test
    void shouldPassNothingOnWhenTheTimeIsOver() {
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void close(ChannelHandlerContext ctx, ChannelPromise promise) {}
        });
        pass(REQUEST_MS);
        channel.writeInbound(Unpooled.copiedBuffer("x", StandardCharsets.US_ASCII));

        assertThat(channel.<ByteBuf>readInbound()).isNull();
        assertThat(late).hasSize(1);
        channel.pipeline().removeFirst();
    }

    @Test
    void shouldLeaveNoTaskBehindWhenTheConnectionCloses() {
        channel.close();

        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }
}

package dev.hibiki.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The agent sends one line, shuts down its output and waits for the peer to close. */
class AgentAnswerTest {
    /** An embedded channel whose output can be shut down, as that of a socket. */
    private static final class Duplex extends EmbeddedChannel implements DuplexChannel {
        private boolean outputShutdown;

        @Override
        public boolean isInputShutdown() {
            return false;
        }

        @Override
        public ChannelFuture shutdownInput() {
            throw new UnsupportedOperationException();
        }

        @Override
        public ChannelFuture shutdownInput(ChannelPromise promise) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOutputShutdown() {
            return outputShutdown;
        }

        @Override
        public ChannelFuture shutdownOutput() {
            outputShutdown = true;
            return newSucceededFuture();
        }

        @Override
        public ChannelFuture shutdownOutput(ChannelPromise promise) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public ChannelFuture shutdown() {
            throw new UnsupportedOperationException();
        }

        @Override
        public ChannelFuture shutdown(ChannelPromise promise) {
            throw new UnsupportedOperationException();
        }
    }

    private final Duplex channel = new Duplex();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private String said() {
        ByteBuf line = channel.readOutbound();
        try {
            return line.toString(StandardCharsets.US_ASCII);
        } finally {
            line.release();
        }
    }

    private void ask(String line) {
        channel.freezeTime();
        AgentAnswer answer = new AgentAnswer(() -> line);
        channel.pipeline().addLast(answer);
        answer.channelActive(channel.pipeline().context(answer));
    }

    /** To close a socket with unread bytes would reset it, and the line could be lost. */
    @Test
    void shouldShutDownItsOutputAfterTheLineAndLetThePeerClose() {
        ask("ready up 100%");
        assertThat(said()).isEqualTo("ready up 100%\n");
        assertThat(channel.isOutputShutdown()).isTrue();
        channel.writeInbound(Unpooled.copiedBuffer("whatever", StandardCharsets.US_ASCII));
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void shouldCloseWhenThePeerDoesNotCloseInTime() {
        ask("drain");
        assertThat(said()).isEqualTo("drain\n");
        channel.advanceTimeBy(4_999, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldSendOneLineWhateverTheReason() {
        ask("ready down #no\r\nready up 100%");
        assertThat(said()).isEqualTo("ready down #no  ready up 100%\n");
    }
}

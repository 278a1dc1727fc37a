package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelPromise;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LingeringCloseTest {
    private final TestPipeline.Duplex channel = new TestPipeline.Duplex();
    private final ChannelPromise answer = channel.newPromise();

    @BeforeEach
    void open() {
        channel.freezeTime();
        channel.config().setAutoRead(false);
        LingeringClose.after(answer);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void receive(int length) {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[length]));
        assertThat(channel.<ByteBuf>readInbound()).isNull();
    }

    private void pass(long milliseconds) {
        channel.advanceTimeBy(milliseconds, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void shouldEndTheOutputWhenTheAnswerIsSentAndCloseAfterTheTime() {
        receive(1);
        pass(LingeringClose.MAX_MS);
        assertThat(channel.outputEnded).isFalse();
        assertThat(channel.config().isAutoRead()).isTrue();

        answer.setSuccess();
        assertThat(channel.outputEnded).isTrue();
        pass(LingeringClose.MAX_MS - 1);
        receive(1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldDropNoMoreThanItsLimit() {
        answer.setSuccess();
        receive(LingeringClose.MAX_BYTES - 1);
        receive(1);
        assertThat(channel.isOpen()).isTrue();
        receive(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldCloseWhenTheAnswerCannotBeSent() {
        answer.setFailure(new IOException("reset"));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldCloseWhenTheClientResetsTheConnection() {
        answer.setSuccess();
        channel.pipeline().fireExceptionCaught(new IOException("reset"));
        assertThat(channel.isOpen()).isFalse();
        channel.checkException();
    }

    @Test
    void shouldLeaveNoTaskBehindWhenTheClientCloses() {
        answer.setSuccess();
        channel.close();
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }
}

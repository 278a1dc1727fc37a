package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestDeadlineTest {
    private static final long TIMEOUT_MS = 10_000;

    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void open() {
        channel.freezeTime();
        channel.pipeline().addLast("deadline", new RequestDeadline(TIMEOUT_MS));
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void pass(long milliseconds) {
        channel.advanceTimeBy(milliseconds, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private void request() {
        channel.writeInbound(TestClient.request(HttpMethod.GET, "/", ""));
        Object passedOn = channel.readInbound();
        assertThat(passedOn).isNotNull();
        ReferenceCountUtil.release(passedOn);
    }

    @Test
    void shouldCloseAConnectionWithoutRequest() {
        pass(TIMEOUT_MS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldBeginAnewWithEveryRequest() {
        for (int i = 0; i < 3; i++) {
            pass(TIMEOUT_MS - 1);
            request();
        }
        pass(TIMEOUT_MS - 1);
        assertThat(channel.isOpen()).isTrue();
        pass(1);
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldNotBeMovedByWhatIsNoRequest() {
        pass(TIMEOUT_MS - 1);
        channel.writeInbound("part of a request");
        pass(1);

        assertThat(channel.isOpen()).isFalse();
        assertThat(channel.<Object>readInbound()).isEqualTo("part of a request");
    }

    @Test
    void shouldEndWithTheHandler() {
        channel.pipeline().remove("deadline");
        pass(2 * TIMEOUT_MS);

        assertThat(channel.isOpen()).isTrue();
        assertThat(channel.hasPendingTasks()).isFalse();
    }

    @Test
    void shouldLeaveNoTaskBehindWhenTheConnectionCloses() {
        channel.close();

        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }
}

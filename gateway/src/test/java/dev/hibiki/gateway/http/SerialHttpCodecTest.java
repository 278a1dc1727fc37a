package dev.hibiki.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SerialHttpCodecTest {
    private static final String NOW = "GET /now HTTP/1.1\nHost: h\n\n";
    private static final String LATER = "GET /later HTTP/1.1\nHost: h\n\n";

    private final TestPipeline http = new TestPipeline();

    @AfterEach
    void close() {
        http.close();
    }

    @Test
    void shouldDecodeTheNextRequestWhenTheLastOneIsAnswered() {
        http.receive(LATER + NOW + LATER);
        assertThat(http.requests).containsExactly("/later");

        http.answerOne();
        assertThat(http.answers()).isEqualTo("202 200");
        http.answerOne();
        assertThat(http.answers()).isEqualTo("202 200 202");
        assertThat(http.channel.isOpen()).isTrue();
    }

    @Test
    void shouldWaitUntilTheAnswerIsSent() {
        http.stuck = true;
        http.receive(NOW + NOW);
        assertThat(http.requests).hasSize(1);

        http.letGo();
        assertThat(http.answers()).isEqualTo("200 200");
    }

    @Test
    void shouldAnswerManyRequestsOfOneWriteInOrderAndLetOthersRunBetween() {
        int number = 1_000;
        http.channel
                .pipeline()
                .fireChannelRead(Unpooled.copiedBuffer(
                        String.join("", Collections.nCopies(number, NOW)).replace("\n", "\r\n"),
                        StandardCharsets.US_ASCII));
        assertThat(http.requests).hasSize(SerialHttpCodec.MAX_IN_A_ROW);

        http.channel.runPendingTasks();
        http.receive("");
        assertThat(http.requests).hasSize(number);
        assertThat(http.answers().split(" ")).hasSize(number).containsOnly("200");
    }

    @Test
    void shouldStopReadingWhileTooMuchWaits() {
        http.receive(LATER);
        http.receive("x".repeat(SerialHttpCodec.MAX_WAITING_BYTES));
        assertThat(http.channel.config().isAutoRead()).isTrue();
        http.receive("x");
        assertThat(http.channel.config().isAutoRead()).isFalse();

        http.answerOne();
        assertThat(http.channel.config().isAutoRead()).isTrue();
        assertThat(http.answers()).isEqualTo("202 414 end");
    }

    @Test
    void shouldCloseWhenFarTooMuchWaits() {
        http.receive(LATER);
        http.receive("x".repeat(SerialHttpCodec.MAX_KEPT_BYTES));
        assertThat(http.channel.isOpen()).isTrue();
        http.receive("x");
        assertThat(http.channel.isOpen()).isFalse();
    }

    @Test
    void shouldDecodeNothingBehindARequestThatCloses() {
        http.receive("GET /later HTTP/1.1\nHost: h\nConnection: close\n\n" + NOW);
        http.answerOne();
        http.receive(NOW);

        assertThat(http.answers()).isEqualTo("202 end");
        assertThat(http.requests).containsExactly("/later");
        assertThat(http.sent).contains("connection: close\r\n");
    }

    @Test
    void shouldDecodeNothingBehindAnAnswerThatCloses() {
        http.receive("POST /now HTTP/1.1\nHost: h\nExpect: cheese\nContent-Length: 4\n\n" + NOW);

        assertThat(http.answers()).isEqualTo("417 end");
        assertThat(http.requests).isEmpty();
    }

    @Test
    void shouldKnowWhatHttp10MeansByKeepAlive() {
        http.receive("GET /now HTTP/1.0\nConnection: keep-alive\n\n");
        assertThat(http.sent).contains("connection: keep-alive\r\n");
        http.receive("GET /now HTTP/1.0\n\n" + NOW);

        assertThat(http.answers()).isEqualTo("200 200 end");
    }

    @Test
    void shouldNotDecodeWhatIsLeftWhenTheClientIsGone() {
        http.receive(LATER + NOW);
        http.channel.close();
        http.answerOne();

        assertThat(http.requests).containsExactly("/later");
        assertThat(http.answers()).isEqualTo("end");
    }

    @Test
    void shouldNotAnswerTwice() {
        EmbeddedChannel channel =
                new EmbeddedChannel(new SerialHttpCodec(new HttpDecoderConfig()), new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        if (message instanceof HttpRequest request) {
                            Reply.text(HttpResponseStatus.OK, "one").send(ctx, request);
                            Reply.text(HttpResponseStatus.OK, "two").send(ctx, request);
                        }
                        ReferenceCountUtil.release(message);
                    }
                });
        channel.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: h\r\n\r\n", StandardCharsets.US_ASCII));

        ByteBuf answer = channel.readOutbound();
        assertThat(answer.toString(StandardCharsets.US_ASCII)).contains("one").doesNotContain("two");
        answer.release();
        assertThat(channel.<ByteBuf>readOutbound()).isNull();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldPassOnWhatFollowsWhenItIsRemovedAndReadOn() {
        http.receive(LATER);
        http.receive("x".repeat(SerialHttpCodec.MAX_WAITING_BYTES + 1));
        http.channel.pipeline().remove(BodyAggregator.class);
        http.channel.pipeline().remove(SerialHttpCodec.class);

        ByteBuf rest = http.channel.readInbound();
        assertThat(rest.readableBytes()).isEqualTo(SerialHttpCodec.MAX_WAITING_BYTES + 1);
        rest.release();
        assertThat(http.channel.config().isAutoRead()).isTrue();
    }

    @Test
    void shouldDateEachAnswer() {
        http.receive(NOW);

        assertThat(http.sent)
                .containsPattern("\r\ndate: [A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT\r\n");
    }
}

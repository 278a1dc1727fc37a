package dev.hibiki.gateway.session.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.ChannelProgress;
import dev.hibiki.gateway.hub.JoinResult;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.TestProtocol;
import dev.hibiki.gateway.session.TestSessions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionSwapTest {
    private boolean loaded;

    private final ChannelProgress progress = new ChannelProgress() {
        @Override
        public boolean isLoaded() {
            return loaded;
        }

        @Override
        public Object order() {
            return "order";
        }
    };

    /** The socket is idle again before the HTTP handlers are gone. */
    @Test
    void shouldGreetAfterTheResponseWhenTheChannelIsLoadedMeanwhile() {
        try (TestSessions test = new TestSessions("one")) {
            test.hub.follow(test.hub.channels().entries().get(0), progress);
            EmbeddedChannel connection = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
                @Override
                public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                    loaded = true;
                    test.hub.progressed();
                    ctx.write(message, promise);
                }
            });
            connection.pipeline().addLast("http", new ChannelOutboundHandlerAdapter() {
                @Override
                public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                    String text = ((ByteBuf) message).toString(StandardCharsets.US_ASCII);
                    assertThat(text).as("what passes the HTTP codec").isEqualTo("response|");
                    ctx.write(message, promise);
                }
            });
            connection.pipeline().addLast("router", new ChannelDuplexHandler());
            TestProtocol protocol = new TestProtocol(test.hub.format(), true) {
                @Override
                protected void writeGreeting(Session session, ChannelHandlerContext out, JoinResult start) {
                    out.writeAndFlush(ByteBufUtil.writeAscii(out.alloc(), "hello|"), out.voidPromise());
                }
            };
            Session session = new Session(
                    test.sessions.loopOf(test.channel), new ClientProfile(protocol, test.regions.of(null), null));
            new SessionSwap("http", List.of("router"))
                    .swap(
                            connection.pipeline().context("router"),
                            ByteBufUtil.writeAscii(connection.alloc(), "response|"),
                            session,
                            test.request());
            test.channel.runPendingTasks();

            StringBuilder sent = new StringBuilder();
            for (ByteBuf bytes = connection.readOutbound(); bytes != null; bytes = connection.readOutbound()) {
                sent.append(bytes.toString(StandardCharsets.US_ASCII));
                bytes.release();
            }
            assertThat(sent).hasToString("response|hello|");
            assertThat(session.isOpen()).isTrue();
            connection.finishAndReleaseAll();
        }
    }
}

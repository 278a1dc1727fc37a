package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** The HTTP handlers of a connection, without sockets. {@code /now} is answered at once, {@code /later} when the test says so. */
final class TestPipeline implements AutoCloseable {
    static final int MAX_BODY_BYTES = 8;
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

    final Duplex channel = new Duplex();
    /** The targets of all requests, with their bodies. */
    final List<String> requests = new ArrayList<>();

    final StringBuilder sent = new StringBuilder();
    /** Writes are held back while this is true, as when the client reads nothing. */
    boolean stuck;

    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private final Queue<Runnable> held = new ArrayDeque<>();

    TestPipeline() {
        Set<HttpMethod> methods = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST);
        channel.freezeTime();
        channel.pipeline()
                .addLast(new Sluice())
                .addLast(new SerialHttpCodec(new HttpDecoderConfig()))
                .addLast(new BodyAggregator(MAX_BODY_BYTES))
                .addLast(new Router()
                        .on("/now", methods, (ctx, request, path) -> {
                            note(request);
                            Reply.text(HttpResponseStatus.OK, "now").send(ctx, request);
                        })
                        .on("/later", methods, (ctx, request, path) -> {
                            note(request);
                            request.retain();
                            waiting.add(() -> {
                                Reply.text(HttpResponseStatus.ACCEPTED, "later").send(ctx, request);
                                request.release();
                            });
                        }));
    }

    private void note(FullHttpRequest request) {
        requests.add(request.uri() + request.content().toString(StandardCharsets.US_ASCII));
    }

    /** An embedded channel whose output can end before the input. */
    static final class Duplex extends EmbeddedChannel implements DuplexChannel {
        boolean outputEnded;

        Duplex(ChannelHandler... handlers) {
            super(handlers);
        }

        @Override
        public boolean isInputShutdown() {
            return !isOpen();
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
            return outputEnded;
        }

        @Override
        public ChannelFuture shutdownOutput() {
            return shutdownOutput(newPromise());
        }

        @Override
        public ChannelFuture shutdownOutput(ChannelPromise promise) {
            outputEnded = true;
            return promise.setSuccess();
        }

        @Override
        public boolean isShutdown() {
            return !isOpen();
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

    private final class Sluice extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            if (stuck) {
                held.add(() -> ctx.writeAndFlush(message, promise));
            } else {
                ctx.write(message, promise);
            }
        }
    }

    /** @param text in which a line feed stands for CR LF, and {@code ~} for LF */
    void receive(String text) {
        channel.writeInbound(
                Unpooled.copiedBuffer(text.replace("\n", "\r\n").replace('~', '\n'), StandardCharsets.ISO_8859_1));
        takeSent();
    }

    /** Answers the oldest request that waits. */
    void answerOne() {
        waiting.remove().run();
        channel.runPendingTasks();
        takeSent();
    }

    int unanswered() {
        return waiting.size();
    }

    void letGo() {
        stuck = false;
        while (!held.isEmpty()) {
            held.remove().run();
        }
        channel.runPendingTasks();
        takeSent();
    }

    private void takeSent() {
        for (ByteBuf part; (part = channel.readOutbound()) != null; ) {
            sent.append(part.toString(StandardCharsets.ISO_8859_1));
            part.release();
        }
        channel.checkException();
    }

    /** The statuses of all answers so far, and {@code end} when the output has ended. */
    String answers() {
        List<String> all = new ArrayList<>(STATUS.matcher(sent)
                .results()
                .map((MatchResult status) -> status.group(1))
                .toList());
        if (channel.outputEnded || !channel.isOpen()) {
            all.add("end");
        }
        return String.join(" ", all);
    }

    @Override
    public void close() {
        channel.close();
        waiting.forEach(Runnable::run); // Each releases its request.
        held.forEach(Runnable::run);
        channel.finishAndReleaseAll();
    }
}

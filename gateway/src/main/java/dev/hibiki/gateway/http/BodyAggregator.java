package dev.hibiki.gateway.http;

import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Joins a request and its body. Confined to its event loop. It answers a request that breaks the {@link RequestRules}, or
 * whose body is too large, as soon as that is known; the connection then ends, and the rest of the body is not read. A
 * request that cannot be decoded goes on as it is, for the next handlers to answer.
 */
public final class BodyAggregator extends SimpleChannelInboundHandler<HttpObject> {
    private static final FullHttpResponse CONTINUE =
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);

    private static final RateLimitedLog refusals = new RateLimitedLog(LoggerFactory.getLogger(BodyAggregator.class));

    private final int maxBytes;
    private final @Nullable String option;
    private final Predicate<HttpRequest> wantsBody;
    private final Budget budget;
    /** Null before a request, and when its rest is not wanted. */
    private @Nullable HttpRequest head;

    private ByteBuf body = Unpooled.EMPTY_BUFFER;

    /** The memory of the bodies that are still arriving, on all connections of a port. Thread-safe. */
    public static final class Budget {
        private final long maxBytes;
        private final AtomicLong bytes = new AtomicLong();

        public Budget(long maxBytes) {
            this.maxBytes = maxBytes;
        }

        private boolean take(int wanted) {
            if (bytes.addAndGet(wanted) <= maxBytes) {
                return true;
            }
            bytes.addAndGet(-wanted);
            return false;
        }

        private void giveBack(int taken) {
            bytes.addAndGet(-taken);
        }
    }

    /** @param maxBytes the limit for a body */
    public BodyAggregator(int maxBytes) {
        this(maxBytes, null, request -> true, new Budget(Long.MAX_VALUE));
    }

    /**
     * @param maxBytes the limit for a body
     * @param option the option that sets this limit, for the log; null when none does
     * @param wantsBody false for a request that is answered without its body, since it is refused whatever the body is: it
     *     goes on at once, and its body takes no memory
     * @param budget shared by all connections of the port
     */
    public BodyAggregator(int maxBytes, @Nullable String option, Predicate<HttpRequest> wantsBody, Budget budget) {
        this.option = option;
        this.budget = budget;
        this.maxBytes = maxBytes;
        this.wantsBody = wantsBody;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject part) {
        if (part instanceof HttpRequest request) {
            begin(ctx, request);
        } else if (part instanceof HttpContent content && head != null) {
            add(ctx, head, content);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest request) {
        head = request;
        if (request.decoderResult().isFailure()) {
            finish(ctx, request, request.decoderResult());
            return;
        }
        Reply refusal = RequestRules.refusal(request, maxBytes);
        if (refusal != null) {
            refuse(ctx, request, refusal);
        } else if (RequestRules.hasBody(request) && !wantsBody.test(request)) {
            finish(ctx, request, DecoderResult.SUCCESS); // The codec ends the connection after the answer.
        } else if (HttpUtil.is100ContinueExpected(request) && RequestRules.hasBody(request)) {
            ctx.writeAndFlush(CONTINUE.retainedDuplicate());
        }
    }

    private void add(ChannelHandlerContext ctx, HttpRequest request, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            finish(ctx, request, content.decoderResult());
            return;
        }
        ByteBuf bytes = content.content();
        if (bytes.readableBytes() > maxBytes - body.readableBytes()) {
            refuse(ctx, request, RequestRules.tooLarge(maxBytes));
            return;
        }
        if (!budget.take(bytes.readableBytes())) {
            refuse(ctx, request, RequestRules.tooManyBodies());
            return;
        }
        if (bytes.isReadable()) {
            if (body.maxCapacity() == 0) { // The empty buffer.
                body = ctx.alloc().buffer(bytes.readableBytes(), maxBytes);
            }
            body.writeBytes(bytes);
        }
        if (content instanceof LastHttpContent) {
            finish(ctx, request, DecoderResult.SUCCESS);
        }
    }

    private void finish(ChannelHandlerContext ctx, HttpRequest request, DecoderResult result) {
        FullHttpRequest whole = new DefaultFullHttpRequest(
                request.protocolVersion(),
                request.method(),
                request.uri(),
                body,
                request.headers(),
                EmptyHttpHeaders.INSTANCE);
        whole.setDecoderResult(result);
        budget.giveBack(body.readableBytes());
        head = null;
        body = Unpooled.EMPTY_BUFFER;
        ctx.fireChannelRead(whole);
    }

    private void refuse(ChannelHandlerContext ctx, HttpRequest request, Reply refusal) {
        drop();
        LoggingEventBuilder line = ConnectionFields.add(refusals.at(Level.INFO), ctx.channel())
                .addKeyValue("request", ConnectionFields.request(request))
                .addKeyValue("status", refusal.status().code())
                .addKeyValue("reason", String.valueOf(refusal.error()));
        boolean isTooLarge = refusal.status().equals(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
        (option != null && isTooLarge ? line.addKeyValue("option", option) : line).log("Refused a request");
        refusal.closing().send(ctx, request);
    }

    private void drop() {
        head = null;
        budget.giveBack(body.readableBytes());
        body.release();
        body = Unpooled.EMPTY_BUFFER;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        drop();
    }
}

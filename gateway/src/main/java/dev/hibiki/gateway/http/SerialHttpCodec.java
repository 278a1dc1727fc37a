package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes requests and encodes answers, one request at a time (RFC 9112, section 9.3.2). The bytes behind a request are not
 * looked at before its answer is sent. So answers have the order of their requests, and a client that does not read its
 * answers gets no more of them. Confined to its event loop.
 *
 * <p>This class alone decides when a connection ends after an answer: when the request or the answer says
 * {@code Connection: close}, when the request is not whole, since its rest would be taken for the next one, and when it
 * cannot be decoded. The answer then says so, nothing that comes later is decoded, and {@link LingeringClose} follows.
 *
 * <p>When a handler removes this codec instead of answering, the bytes behind the request go to the next handler.
 */
public final class SerialHttpCodec extends CombinedChannelDuplexHandler<HttpRequestDecoder, HttpResponseEncoder> {
    /** Reading stops while more bytes than this wait behind a request that is not answered. */
    static final int MAX_WAITING_BYTES = 64 * 1024;

    /**
     * The connection is closed when more than this waits. In a flood, Netty's io_uring transport reads on although reading has
     * stopped: a multishot receive that ends for want of buffers begins again.
     */
    static final int MAX_KEPT_BYTES = 4 * MAX_WAITING_BYTES;

    /** After so many requests of one connection, its event loop looks at the others first. */
    static final int MAX_IN_A_ROW = 16;

    private enum State {
        /** Before a request, or within its head. */
        HEAD,
        /** The head is decoded, the body is not whole. */
        BODY,
        /** The request is whole, and not answered. */
        UNANSWERED,
        /** The request cannot be decoded, and is not answered. */
        UNDECODABLE,
        /** The request is answered, and the answer not sent. */
        SENDING,
        /** Nothing more is decoded. */
        ENDED
    }

    private State state = State.HEAD;
    private boolean keepAlive;
    private boolean http10;
    private int inARow;
    /** Reading has stopped. */
    private boolean paused;

    /** @param config the limits of a request */
    public SerialHttpCodec(HttpDecoderConfig config) {
        init(new Decoder(config), new Encoder());
    }

    private final class Decoder extends StrictRequestDecoder {
        private @Nullable ChannelHandlerContext context;
        private boolean reading;
        private boolean resuming;

        Decoder(HttpDecoderConfig config) {
            super(config);
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
            context = ctx;
            super.handlerAdded(ctx);
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
            switch (state) {
                case ENDED, UNDECODABLE -> in.skipBytes(in.readableBytes());
                case UNANSWERED, SENDING -> keep(ctx, in);
                case HEAD, BODY -> {
                    if (inARow < MAX_IN_A_ROW) {
                        int known = out.size();
                        super.decode(ctx, in, out);
                        out.subList(known, out.size()).forEach(part -> note((HttpObject) part));
                    }
                }
            }
        }

        private void note(HttpObject part) {
            if (part instanceof HttpRequest request) {
                keepAlive = HttpUtil.isKeepAlive(request);
                http10 = request.protocolVersion().equals(HttpVersion.HTTP_1_0);
                state = State.BODY;
            }
            if (part.decoderResult().isFailure()) {
                state = State.UNDECODABLE;
            } else if (part instanceof LastHttpContent) {
                state = State.UNANSWERED;
            }
        }

        private void keep(ChannelHandlerContext ctx, ByteBuf in) {
            if (in.readableBytes() > MAX_KEPT_BYTES) {
                in.skipBytes(in.readableBytes());
                ctx.channel().close();
            } else if (!paused && in.readableBytes() > MAX_WAITING_BYTES) {
                paused = true;
                ctx.channel().config().setAutoRead(false);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            inARow = 0;
            reading = true;
            try {
                super.channelRead(ctx, message);
            } finally {
                reading = false;
            }
            resumeSoon();
        }

        /** Decodes the request that waits behind the one that was answered. */
        void resumeSoon() {
            ChannelHandlerContext ctx = context;
            if (ctx == null || reading || resuming || state != State.HEAD || !hasUnchecked()) {
                return;
            }
            resuming = true;
            ctx.executor().execute(() -> {
                resuming = false;
                if (!ctx.isRemoved() && state == State.HEAD) {
                    resume(ctx);
                }
            });
        }

        private void resume(ChannelHandlerContext ctx) {
            try {
                channelRead(ctx, Unpooled.EMPTY_BUFFER);
                channelReadComplete(ctx);
            } catch (Exception e) {
                ctx.fireExceptionCaught(e);
            }
        }

        /** Netty would read on in spite of the pause, since nothing was decoded. */
        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
            if (paused) {
                ctx.fireChannelReadComplete();
            } else {
                super.channelReadComplete(ctx);
            }
        }

        /** The answer to a request that waits would reach nobody. */
        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            state = State.ENDED;
            super.channelInactive(ctx);
        }

        @Override
        protected void handlerRemoved0(ChannelHandlerContext ctx) throws Exception {
            super.handlerRemoved0(ctx);
            readOn(ctx);
        }
    }

    private final class Encoder extends HttpResponseEncoder {
        /** An answer is one {@link FullHttpResponse}; before it there may be others with a status of 1xx. */
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) throws Exception {
            if (!(message instanceof FullHttpResponse response)
                    || response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
                super.write(ctx, message, promise);
                return;
            }
            if (state == State.HEAD || state == State.SENDING || state == State.ENDED) {
                ReferenceCountUtil.release(message);
                promise.tryFailure(new IllegalStateException("there is no request to answer"));
                ctx.close();
                return;
            }
            ChannelPromise sent = promise.unvoid();
            boolean last = !keepAlive || state != State.UNANSWERED || saysClose(response);
            complete(response, last);
            ctx.pipeline().fireUserEventTriggered(RequestDeadline.ANSWERED);
            if (last) {
                state = State.ENDED;
                LingeringClose.after(sent);
            } else {
                state = State.SENDING;
                sent.addListener(done -> answered(ctx, done.isSuccess()));
            }
            super.write(ctx, response, sent);
        }

        private void complete(HttpResponse response, boolean last) {
            response.headers().set(HttpHeaderNames.DATE, HttpDate.now());
            if (last && !saysClose(response)) {
                addOption(response, HttpHeaderValues.CLOSE.toString());
            } else if (!last && http10) {
                addOption(response, HttpHeaderValues.KEEP_ALIVE.toString());
            }
        }

        private static boolean saysClose(HttpResponse response) {
            return response.headers().containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        }

        private static void addOption(HttpResponse response, String option) {
            String others = response.headers().get(HttpHeaderNames.CONNECTION);
            response.headers().set(HttpHeaderNames.CONNECTION, others == null ? option : others + ", " + option);
        }

        /** Whoever closes the connection does not want the next request, also while TLS still says good-bye. */
        @Override
        public void close(ChannelHandlerContext ctx, ChannelPromise promise) throws Exception {
            state = State.ENDED;
            super.close(ctx, promise);
        }
    }

    private void answered(ChannelHandlerContext ctx, boolean sent) {
        if (!sent) {
            ctx.close();
        } else if (state == State.SENDING) {
            state = State.HEAD;
            inARow++;
            readOn(ctx);
            ((Decoder) inboundHandler()).resumeSoon();
        }
    }

    private void readOn(ChannelHandlerContext ctx) {
        if (paused) {
            paused = false;
            ctx.channel().config().setAutoRead(true);
        }
    }
}

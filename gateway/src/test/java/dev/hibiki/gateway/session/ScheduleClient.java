package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.PATIENCE;

import dev.hibiki.testing.Frame;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.handler.ssl.SslHandler;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * A client of a schedule, which can stop reading, break the protocol and vanish. Its methods are for the thread of the test;
 * its connection lives on the event loop of all clients.
 */
final class ScheduleClient extends ChannelInboundHandlerAdapter {
    /**
     * With small segments, as on the Internet, the gateway's kernel buffers some 50 KB for a client that does not read.
     * With those of the loopback device it would be 2.6 MB, and each overrun would need that many bytes of events.
     */
    private static final ChannelOption<Integer> TCP_MAXSEG = new IntegerUnixChannelOption("TCP_MAXSEG", 6, 2);

    private static final int SEGMENT_BYTES = 1000;
    private static final int READ_BYTES = 16 << 10;
    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, true);
    private static final String HEAD_END = "\r\n\r\n";

    enum Kind {
        PLAIN,
        HIBIKI_V1,
        EVENT_STREAM
    }

    /**
     * Who connects, and how.
     *
     * @param receiveBufferBytes 0 for the kernel's default
     * @param tls null for a connection without TLS
     */
    record Request(
            Kind kind,
            String target,
            boolean deflates,
            int receiveBufferBytes,
            @Nullable SSLContext tls) {
        byte[] bytes() {
            String upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    + (kind == Kind.HIBIKI_V1 ? "Sec-WebSocket-Protocol: hibiki.v1\r\n" : "")
                    + (deflates ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
            return ("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + (kind == Kind.EVENT_STREAM ? "" : upgrade)
                            + "\r\n")
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    /** @param issued how many events were issued when it came */
    record Arrival(Received what, int issued) {}

    private final Request request;
    private final IntSupplier issued;
    private final ByteBuf unread = Unpooled.buffer();
    private @Nullable ServerBytes decoder;
    private @Nullable Channel channel;

    // Guarded by this.
    private final List<Arrival> arrivals = new ArrayList<>();
    private final BitSet events = new BitSet();
    private String head = "";
    private boolean ended;
    private @Nullable Throwable failure;

    private ScheduleClient(Request request, IntSupplier issued) {
        this.request = request;
        this.issued = issued;
    }

    /** Connects and sends the request. Returns when the kernel has the connection. */
    static ScheduleClient connect(EventLoopGroup loop, int port, Request request, IntSupplier issued) {
        ScheduleClient client = new ScheduleClient(request, issued);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(EpollSocketChannel.class)
                .option(ChannelOption.ALLOCATOR, ALLOCATOR)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new FixedRecvByteBufAllocator(READ_BYTES).maxMessagesPerRead(1))
                .option(TCP_MAXSEG, SEGMENT_BYTES);
        if (request.receiveBufferBytes > 0) {
            bootstrap.option(ChannelOption.SO_RCVBUF, request.receiveBufferBytes);
        }
        client.channel = bootstrap
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel added) {
                        if (request.tls != null) {
                            SSLEngine engine = request.tls.createSSLEngine("localhost", port);
                            engine.setUseClientMode(true);
                            added.pipeline().addLast(new SslHandler(engine));
                        }
                        added.pipeline().addLast(client);
                    }
                })
                .connect("127.0.0.1", port)
                .syncUninterruptibly()
                .channel();
        client.send(request.bytes());
        return client;
    }

    private Channel channel() {
        Channel connected = channel;
        if (connected == null) {
            throw new IllegalStateException("not connected");
        }
        return connected;
    }

    // What the test tells the client.

    void send(Frame frame) {
        send(frame.masked());
    }

    void send(byte[] bytes) {
        channel().writeAndFlush(Unpooled.wrappedBuffer(bytes), channel().voidPromise());
    }

    /** Stops or resumes reading. The kernel then still takes what fits into its buffers. */
    void read(boolean reads) {
        channel().config().setAutoRead(reads);
    }

    /** Ends the direction to the gateway. */
    void stopSending() {
        ((DuplexChannel) channel()).shutdownOutput();
    }

    /** Closes the socket in order: with TLS after its close_notify. */
    void close() {
        channel().close();
    }

    /** Ends the connection with a TCP reset. */
    void reset() {
        channel().eventLoop().execute(() -> {
            ChannelHandlerContext first = channel().pipeline().firstContext();
            if (channel().isOpen() && first != null) {
                channel().config().setOption(ChannelOption.SO_LINGER, 0);
                first.close(); // Bypasses TLS.
            }
        });
    }

    // What the client tells the test.

    /** Waits until the condition holds for what has arrived, or the connection has ended. */
    synchronized void await(String what, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        while (!ended && !condition.getAsBoolean()) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                throw new AssertionError("waited in vain for " + what);
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, leftNs);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        if (failure != null) {
            throw new AssertionError("the client failed", failure);
        }
    }

    /** Waits for the response to the request, and the first message where there must be one. */
    void awaitEntered() {
        await("the response", () -> !head.isEmpty() && (request.kind == Kind.PLAIN || !arrivals.isEmpty()));
        synchronized (this) {
            if (!head.startsWith(request.kind == Kind.EVENT_STREAM ? "HTTP/1.1 200 " : "HTTP/1.1 101 ")) {
                throw new AssertionError("the response to " + request.target + ": " + head);
            }
        }
    }

    void awaitEnded() {
        await("the end of the connection", () -> false);
    }

    synchronized boolean hasEnded() {
        return ended;
    }

    /** Everything that has arrived, in order. */
    synchronized List<Arrival> arrivals() {
        return List.copyOf(arrivals);
    }

    /** For conditions of {@link #await}. */
    boolean hasEvent(int number) {
        return events.get(number);
    }

    /** For conditions of {@link #await}. */
    boolean hasPong(String payload) {
        return arrivals.stream().anyMatch(arrival -> arrival.what.equals(new Received.Pong(payload)));
    }

    /** For conditions of {@link #await}: the number of answers to control messages. */
    long answers() {
        return arrivals.stream().filter(arrival -> arrival.what.isAnswer()).count();
    }

    // The loop's side.

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        unread.writeBytes(bytes);
        bytes.release();
        try {
            readResponse(ctx);
            if (decoder != null) {
                decoder.read(unread, this::receive);
            }
        } catch (RuntimeException e) {
            exceptionCaught(ctx, e);
        }
        unread.discardReadBytes();
    }

    private void readResponse(ChannelHandlerContext ctx) {
        String received = decoder == null ? unread.toString(StandardCharsets.ISO_8859_1) : "";
        int end = received.indexOf(HEAD_END);
        if (end >= 0) {
            unread.skipBytes(end + HEAD_END.length());
            decoder = request.kind == Kind.EVENT_STREAM
                    ? new ServerBytes.EventStream()
                    : new ServerBytes.Frames(
                            request.deflates, frame -> ctx.writeAndFlush(Unpooled.wrappedBuffer(frame.masked())));
            synchronized (this) {
                head = received.substring(0, end);
                notifyAll();
            }
        }
    }

    private synchronized void receive(Received what) {
        arrivals.add(new Arrival(what, issued.getAsInt()));
        if (what instanceof Received.Event event) {
            events.set(event.number());
        }
        notifyAll();
    }

    @Override
    public synchronized void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IllegalArgumentException) {
            failure = cause;
        }
        ctx.close(); // Another cause is a connection that the gateway has reset.
    }

    @Override
    public synchronized void channelInactive(ChannelHandlerContext ctx) {
        ended = true;
        notifyAll();
    }
}

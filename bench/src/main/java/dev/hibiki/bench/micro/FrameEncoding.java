package dev.hibiki.bench.micro;

import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.wire.WebSocketFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Making one WebSocket frame, per frame: the gateway's, which it makes once for all clients, against Netty's, which its
 * pipeline makes for each client.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameEncoding {
    @Param({"300", "1024", "16384"})
    int bytes;

    private final WebSocketFormat format = new WebSocketFormat();
    private final NettyEncoder nettyEncoder = new NettyEncoder();
    private final List<Object> encoded = new ArrayList<>();
    private Event event;
    private ByteBuf out;
    private ByteBuf payload;
    private ChannelHandlerContext context;

    @Setup
    @Initializer
    public void setUp() {
        event = SampleEvents.event(bytes);
        out = PooledByteBufAllocator.DEFAULT.heapBuffer();
        payload = PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(event.json());
        EmbeddedChannel channel = new EmbeddedChannel(nettyEncoder);
        channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        context = channel.pipeline().firstContext();
    }

    @Benchmark
    public ByteBuf gateway() {
        out.clear();
        format.encode(event, out);
        return out;
    }

    @Benchmark
    public int netty() throws Exception {
        TextWebSocketFrame frame = new TextWebSocketFrame(payload.retainedDuplicate());
        nettyEncoder.encodeTo(context, frame, encoded);
        frame.release();
        int parts = encoded.size();
        for (Object part : encoded) {
            ((ByteBuf) part).release();
        }
        encoded.clear();
        return parts;
    }

    @TearDown
    public void tearDown() {
        context.channel().close();
        out.release();
        payload.release();
    }

    /** Opens the encoder, so that it is measured without a pipeline around it. */
    private static final class NettyEncoder extends WebSocket13FrameEncoder {
        NettyEncoder() {
            super(false);
        }

        void encodeTo(ChannelHandlerContext ctx, TextWebSocketFrame frame, List<Object> out) throws Exception {
            encode(ctx, frame, out);
        }
    }
}

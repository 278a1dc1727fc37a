package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Fuzz target: the first bytes of a connection, where the PROXY header may be. The result does not depend on how the bytes
 * are split. From an address that is not trusted, no header is believed: the bytes are passed on unchanged, or the connection
 * is closed. See {@link dev.hibiki.gateway.fuzz}.
 */
public final class ProxyHeaderFuzz {
    private static final TestEdge TEST =
            new TestEdge("--trusted-proxy", "10.0.0.0/8", "--max-connections-per-address", "0");
    private static final String PROXY = "10.0.0.1";
    private static final String STRANGER = "192.0.2.1";

    private record Result(String address, String passedOn, boolean open) {}

    /** As the router: after the handlers of the header are gone, the decoder may fail once more when the connection ends. */
    private static final class Last extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof DecoderException) {
                ctx.close();
            } else {
                ctx.fireExceptionCaught(cause);
            }
        }
    }

    private ProxyHeaderFuzz() {}

    /** The first byte is the length of the first part. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        int first = Math.min(input[0] & 0xFF, bytes.length);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        for (String peer : new String[] {PROXY, STRANGER}) {
            Result whole = run(peer, bytes, bytes.length);
            Result split = run(peer, bytes, first);
            require(whole.open == split.open, "open or closed does not depend on parts");
            if (whole.open) {
                require(whole.address.equals(split.address), "the address does not depend on parts");
                require(whole.passedOn.equals(split.passedOn), "what is passed on does not depend on parts");
            }
            if (peer.equals(STRANGER)) {
                require(whole.address.equals(STRANGER), "nobody else gives an address");
                require(text.startsWith(whole.passedOn), "passed on unchanged");
            } else {
                require(text.endsWith(whole.passedOn), "passed on what is behind the header");
            }
        }
    }

    private static Result run(String peer, byte[] bytes, int first) {
        EmbeddedChannel channel = TestEdge.from(peer, new ProxyHeaderDetector(TEST.edge), new Last());
        try {
            channel.writeInbound(Unpooled.copiedBuffer(bytes, 0, first));
            if (channel.isOpen()) {
                channel.writeInbound(Unpooled.copiedBuffer(bytes, first, bytes.length - first));
            }
            boolean open = channel.isOpen();
            String address = ClientAddress.of(channel).getHostAddress();
            StringBuilder passedOn = new StringBuilder();
            ByteBuf part;
            while ((part = channel.readInbound()) != null) {
                passedOn.append(part.toString(StandardCharsets.ISO_8859_1));
                part.release();
            }
            return new Result(address, passedOn.toString(), open);
        } finally {
            channel.finishAndReleaseAll();
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}

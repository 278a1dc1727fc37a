package dev.hibiki.gateway.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.AsciiString;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Netty's decoder of requests, which takes only heads that keep to the {@link HeadGrammar}, and one {@code Content-Length}.
 * Confined to its event loop. After a part with a failed result, no more may be decoded.
 */
class StrictRequestDecoder extends HttpRequestDecoder {
    private final int maxLineBytes;
    private final int maxHeaderBytes;
    private final HeadGrammar grammar = new HeadGrammar();
    /** How many of the bytes that Netty's decoder has not taken yet are checked already. */
    private int checked;
    /** The number of Content-Length headers so far. */
    private int lengths;

    /** @param config the limits of a request; this class sets what concerns strictness */
    StrictRequestDecoder(HttpDecoderConfig config) {
        super(config.clone()
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false));
        this.maxLineBytes = config.getMaxInitialLineLength();
        this.maxHeaderBytes = config.getMaxHeaderSize();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
        if (!grammar.isComplete()) {
            String problem = check(in);
            if (problem != null) {
                HttpMessage invalid = createInvalidMessage();
                invalid.setDecoderResult(DecoderResult.failure(new MalformedHeadException(problem)));
                in.skipBytes(in.readableBytes());
                out.add(invalid);
                return;
            }
        }
        int before = in.readableBytes();
        int known = out.size();
        super.decode(ctx, in, out);
        checked = Math.max(0, checked - (before - in.readableBytes()));
        if (out.size() == known) {
            return;
        }
        HttpObject last = (HttpObject) out.get(out.size() - 1);
        if (last.decoderResult().isFailure()) {
            nameLimit(last);
        } else if (last instanceof LastHttpContent) {
            grammar.reset();
            checked = 0;
            lengths = 0;
        }
    }

    /** Replaces Netty's reason for a part that is too large by one that says what is too large, and what is allowed. */
    private void nameLimit(HttpObject part) {
        Throwable cause = part.decoderResult().cause();
        boolean isHead = part instanceof HttpMessage;
        if (cause instanceof TooLongHttpLineException) {
            fail(
                    part,
                    isHead ? HttpResponseStatus.REQUEST_URI_TOO_LONG : HttpResponseStatus.BAD_REQUEST,
                    isHead ? "the first line of the request is too long" : "the first line of a chunk is too long",
                    maxLineBytes);
        } else if (cause instanceof TooLongHttpHeaderException) {
            fail(
                    part,
                    HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                    isHead ? "the headers of the request are too large" : "the trailers of the request are too large",
                    maxHeaderBytes);
        }
    }

    private static void fail(HttpObject part, HttpResponseStatus status, String problem, int maxBytes) {
        String message = problem + " (expected: at most " + maxBytes + " bytes)";
        part.setDecoderResult(DecoderResult.failure(new MalformedHeadException(status, message)));
    }

    /** Checks the bytes of the head that have come since the last call. */
    private @Nullable String check(ByteBuf in) {
        int begin = in.readerIndex() + checked;
        int stop = in.forEachByte(begin, in.writerIndex() - begin, grammar);
        checked = (stop < 0 ? in.writerIndex() : stop + 1) - in.readerIndex();
        return grammar.problem();
    }

    /** True when bytes have come that were not looked at. */
    final boolean hasUnchecked() {
        return actualReadableBytes() > checked;
    }

    /** Netty takes the first of several lengths in HTTP/1.0, and shows only that one. */
    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        AsciiString name = super.splitHeaderName(line, start, length);
        if (HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name) && lengths++ > 0) {
            throw new MalformedHeadException("more than one Content-Length");
        }
        return name;
    }

    /** A client that is gone needs no answer that says that its request is not whole. */
    @Override
    protected void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        in.skipBytes(in.readableBytes());
    }
}

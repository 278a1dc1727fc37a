package dev.hibiki.gateway.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands between the socket of a connection and Lettuce, which would collect a value in memory however large it is. Confined
 * to the event loop of the connection, except {@link #reads} and {@link #laterReads}.
 *
 * <p>A value above the limit is left out while it arrives, and Lettuce gets a null for it; so is each further value of an
 * entry whose fields are too large together. That takes no memory, but the answers
 * behind it wait. So when values that are left out have taken {@link #DROP_TIMEOUT_MS} of an answer, or one entry has taken
 * {@link #ENTRY_TIMEOUT_S}, it gives up: the command fails with a {@link GaveUpException}, and the connection brings nothing any
 * more. Only the time in which bytes come counts. While none come, Redis or the network is away, and no entry is to blame.
 * For Pub/Sub it never gives up: Redis would not send again what follows.
 *
 * <p>It reads RESP2 and RESP3: every element is a line, and some have a body or elements behind it.
 */
public final class AnswerFilter extends ChannelInboundHandlerAdapter {
    /** The most bytes of a value that are always let through. */
    private static final int MIN_LIMIT_BYTES = 256 << 10;

    static final long DROP_TIMEOUT_MS = 100;
    static final long ENTRY_TIMEOUT_S = 60;
    /** All fields of an entry may be larger by this than two of the largest values. */
    static final int SPARE_BYTES = 64 << 10;
    /** A longer pause between two reads is not the fault of the entry: the network or this process stood still. */
    private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(1);

    private static final byte[] NULL = "$-1\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int END_BYTES = 2;

    private final int maxValueBytes;
    private final LongSupplier nanoClock;
    private final boolean canGiveUp;
    private volatile long reads;
    private volatile long laterReads;

    /** How many elements each open array still has. */
    private int[] missing = new int[8];

    private int depth;
    /** How much of a value is to come, with its end. */
    private int bodyBytes;

    /** The size of the innermost open array so far, without the arrays in it: that of the fields of an entry. */
    private long arrayBytes;

    private boolean dropping;
    private @Nullable ByteBuf beginOfLine;
    private boolean gaveUp;

    private long lastReadNs;
    private long droppingNs;
    private long entryNs;

    /** The connection brings nothing any more, since it would take too long to read an entry. */
    public static final class GaveUpException extends Exception {
        private static final long serialVersionUID = 1;

        GaveUpException(String reason) {
            super(reason, null, false, false);
        }
    }

    /** @param nanoClock as {@link System#nanoTime} */
    public AnswerFilter(int maxValueBytes, LongSupplier nanoClock) {
        this(maxValueBytes, nanoClock, true);
    }

    private AnswerFilter(int maxValueBytes, LongSupplier nanoClock, boolean canGiveUp) {
        this.maxValueBytes = maxValueBytes;
        this.nanoClock = nanoClock;
        this.canGiveUp = canGiveUp;
    }

    /** Makes a filter that never gives up. */
    public static AnswerFilter patient(int maxValueBytes) {
        return new AnswerFilter(maxValueBytes, () -> 0, false);
    }

    /** Returns the limit for values that hold events of at most so many bytes. */
    public static int limit(int maxEventBytes) {
        return Math.max(MIN_LIMIT_BYTES, maxEventBytes);
    }

    /** Returns how often bytes have come. Thread-safe. */
    public long reads() {
        return reads;
    }

    /** Returns how often bytes have come of an answer that had begun before. Thread-safe. */
    public long laterReads() {
        return laterReads;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes it.
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        reads++;
        try {
            if (gaveUp) {
                return;
            }
            countTime();
            in = withBeginOfLine(context, in);
            pass(context, in);
        } catch (OutOfMemoryError e) {
            gaveUp = true; // What follows would be read as if nothing were missing.
            context.close();
            throw e;
        } finally {
            in.release();
        }
        giveUpIfSlow(context);
    }

    private ByteBuf withBeginOfLine(ChannelHandlerContext context, ByteBuf in) {
        ByteBuf begin = beginOfLine;
        if (begin == null) {
            return in;
        }
        ByteBuf all = context.alloc()
                .buffer(begin.readableBytes() + in.readableBytes())
                .writeBytes(begin)
                .writeBytes(in);
        beginOfLine = null;
        begin.release();
        in.release();
        return all;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void countTime() {
        long nowNs = nanoClock.getAsLong();
        if (depth > 0) {
            laterReads++;
            long tookNs = Math.min(nowNs - lastReadNs, MAX_PAUSE_NS);
            entryNs += tookNs;
            droppingNs += dropping ? tookNs : 0;
        }
        lastReadNs = nowNs;
    }

    /** Passes on all but values that are too large. */
    private void pass(ChannelHandlerContext context, ByteBuf in) {
        int begin = in.readerIndex();
        while (in.isReadable()) {
            if (bodyBytes > 0) {
                int now = Math.min(bodyBytes, in.readableBytes());
                in.skipBytes(now);
                bodyBytes -= now;
                if (dropping) {
                    begin = in.readerIndex();
                }
                if (bodyBytes == 0) {
                    if (dropping) { // Not before: this may end the answer.
                        context.fireChannelRead(Unpooled.wrappedBuffer(NULL));
                    }
                    dropping = false;
                    elementEnded();
                }
                continue;
            }
            int lineBegin = in.readerIndex();
            int end = in.forEachByte(ByteProcessor.FIND_LF);
            if (end < 0) {
                passSlice(context, in, begin, lineBegin);
                beginOfLine = context.alloc().buffer(in.readableBytes()).writeBytes(in);
                return;
            }
            in.readerIndex(end + 1);
            if (line(in, lineBegin, end)) {
                passSlice(context, in, begin, lineBegin);
                begin = in.readerIndex();
            }
        }
        passSlice(context, in, begin, in.readerIndex());
    }

    private static void passSlice(ChannelHandlerContext context, ByteBuf in, int begin, int end) {
        if (end > begin) {
            context.fireChannelRead(in.retainedSlice(begin, end - begin));
        }
    }

    /** Takes a line up to its end; returns true when it begins a value that is too large. */
    private boolean line(ByteBuf in, int begin, int end) {
        byte type = in.getByte(begin);
        boolean hasBody = type == '$' || type == '=' || type == '!';
        int perNumber = elements(type);
        int number = hasBody || perNumber > 0 ? number(in, begin + 1, end - 1) : -1;
        if (perNumber > 0 && number > 0) {
            if (depth == missing.length) {
                missing = Arrays.copyOf(missing, 2 * depth);
            }
            missing[depth++] = perNumber * number;
            arrayBytes = 0;
        } else if (hasBody && number >= 0) {
            bodyBytes = number + END_BYTES;
            arrayBytes += END_BYTES + (end - begin) + (long) number;
            dropping = number > maxValueBytes || arrayBytes > 2L * maxValueBytes + SPARE_BYTES;
        } else {
            elementEnded();
        }
        return dropping;
    }

    /** Returns how many elements one of a collection of this type is; 0 when it is none. */
    private static int elements(byte type) {
        return switch (type) {
            case '*', '>', '~' -> 1;
            case '%' -> 2;
            default -> 0;
        };
    }

    private static int number(ByteBuf in, int begin, int end) {
        int number = 0;
        for (int i = begin; i < end; i++) {
            if (in.getByte(i) == '-') {
                return -1;
            }
            number = 10 * number + in.getByte(i) - '0';
        }
        return number;
    }

    private void elementEnded() {
        while (depth > 0 && --missing[depth - 1] == 0) {
            depth--;
            arrayBytes = 0;
            entryNs = 0;
        }
        if (depth == 0) {
            droppingNs = 0;
            entryNs = 0;
        }
    }

    private void giveUpIfSlow(ChannelHandlerContext context) {
        if (!canGiveUp) {
            return;
        }
        if (dropping && droppingNs > TimeUnit.MILLISECONDS.toNanos(DROP_TIMEOUT_MS)) {
            giveUp(context, "it is larger than " + maxValueBytes + " bytes, and comes too slowly to be left out");
        } else if (entryNs > TimeUnit.SECONDS.toNanos(ENTRY_TIMEOUT_S)) {
            giveUp(context, "it had not come within " + ENTRY_TIMEOUT_S + " s");
        }
    }

    private void giveUp(ChannelHandlerContext context, String reason) {
        gaveUp = true;
        context.fireExceptionCaught(new GaveUpException(reason));
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (beginOfLine != null) {
            beginOfLine.release();
            beginOfLine = null;
        }
    }
}

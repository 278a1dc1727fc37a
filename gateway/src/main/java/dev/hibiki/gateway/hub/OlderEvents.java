package dev.hibiki.gateway.hub;

import dev.hibiki.gateway.hub.log.Segment;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.util.ReferenceCountUtil;

/**
 * How a subscriber reads events that are older than the log in its format: its cursor stands in the plain log until the log in
 * its format has everything that follows. No log is ever filled from another one. Confined to the loop of the shard.
 */
final class OlderEvents {
    /** The most bytes that are encoded again for one send, unless one frame alone is longer: clients that read slowly keep them. */
    private static final int MAX_ENCODED_BYTES = 16 * 1024;

    private OlderEvents() {}

    private static boolean areReadBy(Cursor cursor) {
        Topic topic = cursor.topic.topic;
        return !topic.variants().isEmpty() && topic.in(cursor.subscription.subscriber.format()) != topic;
    }

    /** Moves each cursor to the log in its subscriber's format, when it is not there and that log has all that follows. */
    static void moveOn(Cursor first) {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            if (areReadBy(cursor) && cursor.topic.remainderOf(cursor) == null) {
                tryToMoveOn(cursor, cursor.topic);
            }
        }
    }

    private static void tryToMoveOn(Cursor cursor, TopicShard plain) {
        LoopShard shard = plain.shard;
        long published = shard.publishedSequence(); // Before the heads: up to there, both logs have the same events.
        plain.view.refresh();
        if (cursor.isOffTheLog() || cursor.polledSequence(published) > published) {
            return;
        }
        TopicShard own = shard.enter(plain.topic.in(cursor.subscription.subscriber.format()));
        own.view.refresh();
        long position = own.view.positionAfter(cursor.polledSequence(published));
        if (position >= 0) {
            cursor.moveTo(own, position);
            shard.leaveIfEmpty(plain.topic);
        } else {
            shard.leaveIfEmpty(own.topic);
        }
    }

    /** How much a cursor may poll at once. */
    static int limit(Cursor cursor, int maxBytes) {
        return mustEncode(cursor) ? Math.min(maxBytes, MAX_ENCODED_BYTES) : maxBytes;
    }

    /** True when what the cursor polls must be {@linkplain #encode encoded} again. */
    static boolean mustEncode(Cursor cursor) {
        return areReadBy(cursor) && !cursor.subscription.subscriber.format().readsPlainFrames();
    }

    static boolean anyMustEncode(Cursor first) {
        for (Cursor cursor = first; cursor != null; cursor = cursor.next) {
            if (mustEncode(cursor)) {
                return true;
            }
        }
        return false;
    }

    /**
     * The frames from the cursor to this position in the subscriber's format. The caller must release the buffer.
     *
     * @param plain the same frames of the plain log, in one segment; ownership is taken
     */
    static ByteBuf encode(Cursor cursor, long to, ByteBuf plain) {
        WireFormat format = cursor.subscription.subscriber.format();
        ByteBuf out = null;
        try {
            out = cursor.topic.shard.memory().allocateGrowing(plain.readableBytes() + plain.readableBytes() / 4 + 256);
            Segment segment = cursor.topic.view.segmentAt(cursor.position).segment();
            int frame = segment.frameAt(cursor.position);
            for (long from = cursor.position; from < to; frame++) {
                long end = segment.frameEnd(frame);
                format.reencode(plain.readSlice((int) (end - from)), segment.nextControl(from) == from, out);
                from = end;
            }
            cursor.topic.shard.countEncoded(out.readableBytes());
            return out;
        } catch (RuntimeException | Error e) {
            ReferenceCountUtil.release(out);
            throw e;
        } finally {
            plain.release();
        }
    }
}

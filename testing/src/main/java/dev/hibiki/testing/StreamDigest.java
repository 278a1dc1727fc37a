package dev.hibiki.testing;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * A 64-bit digest of a sequence of payloads: equal for byte-identical streams of equal messages. Confined to its owner.
 *
 * <p>It has two CRCs, which the CPU computes at memory speed, over the length and the bytes of each payload. So the borders between messages
 * count too.
 */
public final class StreamDigest {
    private final CRC32 low = new CRC32();
    private final CRC32C high = new CRC32C();
    private final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES);

    /** The digest of exactly these payloads in this order. */
    public static long of(List<byte[]> payloads) {
        StreamDigest digest = new StreamDigest();
        payloads.forEach(digest::add);
        return digest.value();
    }

    public void add(byte[] payload) {
        length.putInt(0, payload.length);
        low.update(length.array());
        low.update(payload);
        high.update(length.array());
        high.update(payload);
    }

    public long value() {
        return high.getValue() << 32 | low.getValue();
    }
}

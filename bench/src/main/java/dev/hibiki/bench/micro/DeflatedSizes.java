package dev.hibiki.bench.micro;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.zip.Deflater;

/**
 * A table rather than a benchmark: how much of events of several sizes is left when each is deflated by itself, at several
 * levels, and how long that takes. Without padding, since what is random does not shrink.
 */
final class DeflatedSizes {
    private static final int EVENTS = 200;
    private static final int[] SIZES = {100, 150, 200, 256, 300, 400, 512, 1024, 4096, 16_384, 65_536};
    private static final int[] LEVELS = {1, 4, 6, 9};
    /** Of the empty block that ends a flush. */
    private static final int TRAILER_BYTES = 4;

    private static final int HEADROOM_BYTES = 256;
    private static final long WARM_UP_BYTES = 20_000_000;
    private static final int ROUNDS = 9;

    private DeflatedSizes() {}

    public static void main(String[] args) {
        System.out.println("| event | level | left | us |\n|---:|---:|---:|---:|");
        for (int bytes : SIZES) {
            List<byte[]> events = IntStream.range(0, EVENTS)
                    .mapToObj(seed -> SampleEvents.unpadded(bytes, seed))
                    .toList();
            for (int level : LEVELS) {
                System.out.println(row(bytes, level, events));
            }
        }
    }

    private static String row(int bytes, int level, List<byte[]> events) {
        Deflater deflater = new Deflater(level, true);
        byte[] out = new byte[bytes + HEADROOM_BYTES];
        long in = events.stream().mapToLong(event -> event.length).sum();
        for (long done = 0; done < WARM_UP_BYTES; done += in) {
            deflateAll(deflater, events, out);
        }
        long deflated = 0;
        long fastestNs = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            deflated = deflateAll(deflater, events, out);
            fastestNs = Math.min(fastestNs, System.nanoTime() - start);
        }
        deflater.end();
        return String.format(
                Locale.ROOT,
                "| %,d B | %d | %.1f %% | %.1f |",
                bytes,
                level,
                100.0 * deflated / in,
                fastestNs / 1e3 / EVENTS);
    }

    private static long deflateAll(Deflater deflater, List<byte[]> events, byte[] out) {
        long deflated = 0;
        for (byte[] event : events) {
            deflater.reset();
            deflater.setInput(event);
            deflated += deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH) - TRAILER_BYTES;
        }
        return deflated;
    }
}

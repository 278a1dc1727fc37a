package dev.hibiki.gateway.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hibiki.gateway.support.Events;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Checks the numbered events of one client of {@code hibiki.v1}: it finds numbers that are missing or not ascending without a
 * reported gap between them. Thread-safe.
 */
final class LossCheck implements Consumer<byte[]> {
    private static final byte[] CONTROL = "{\"$\":{".getBytes(UTF_8);
    private static final byte[] GAP = "{\"$\":{\"gap\":".getBytes(UTF_8);

    private final List<Hole> holes = new ArrayList<>();
    private long last = -1;
    private long gaps;
    private boolean told;

    /** Two consecutive numbers that are no neighbours; if the second is not higher, the order is wrong. */
    private record Hole(long before, long after) {
        private boolean isLoss(Set<Long> neverThere) {
            return after <= before
                    || LongStream.range(before + 1, after).anyMatch(number -> !neverThere.contains(number));
        }
    }

    @Override
    public synchronized void accept(byte[] message) {
        if (startsWith(message, CONTROL)) {
            if (startsWith(message, GAP)) {
                gaps++;
                told = true;
            }
            return;
        }
        long sequence = Events.sequence(message);
        if (sequence <= last || (last >= 0 && sequence > last + 1 && !told)) {
            holes.add(new Hole(last, sequence));
        }
        last = sequence;
        told = false;
    }

    private static boolean startsWith(byte[] message, byte[] start) {
        return message.length >= start.length && Arrays.equals(message, 0, start.length, start, 0, start.length);
    }

    /** The last number, -1 before any. */
    synchronized long last() {
        return last;
    }

    /** How many gaps were reported. */
    synchronized long gaps() {
        return gaps;
    }

    /** @param neverThere numbers that were not published, whose absence is no loss */
    synchronized List<String> unreported(Set<Long> neverThere) {
        return holes.stream()
                .filter(hole -> hole.isLoss(neverThere))
                .map(hole -> hole.after() + " after " + hole.before())
                .toList();
    }
}

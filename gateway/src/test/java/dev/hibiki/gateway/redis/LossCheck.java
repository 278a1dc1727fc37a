package dev.hibiki.gateway.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hibiki.gateway.support.Events;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/**
 * Checks the numbered events of one client over all its connections: it finds numbers that are missing without a reported gap in
 * their place, that came late, or that came again. As a consumer it reads the messages of a WebSocket. Thread-safe.
 */
final class LossCheck implements Consumer<byte[]> {
    private static final Pattern CONTROL =
            Pattern.compile("\\{\"\\$\":\\{\"(?:hello\":\\{\"resume\":\"(\\w+)\"|(gap)\":).*");

    private final BitSet seen = new BitSet();
    private final List<Hole> holes = new ArrayList<>();
    private final List<String> resumes = new ArrayList<>();
    private long first = -1;
    private long last = -1;
    private long gaps;
    private long doubled;
    private boolean told;

    /** Two consecutive new numbers that are no neighbours; if the second is not higher, it came late. */
    private record Hole(long before, long after) {
        private boolean isLoss(Set<Long> neverThere) {
            return after <= before
                    || LongStream.range(before + 1, after).anyMatch(number -> !neverThere.contains(number));
        }
    }

    @Override
    public void accept(byte[] message) {
        long sequence = Events.sequence(message);
        if (sequence >= 0) {
            event(sequence);
            return;
        }
        Matcher control = CONTROL.matcher(new String(message, UTF_8));
        if (control.matches()) {
            if (control.group(2) != null) {
                gap();
            } else {
                hello(control.group(1));
            }
        }
    }

    synchronized void event(long sequence) {
        int index = Math.toIntExact(sequence);
        if (seen.get(index)) {
            doubled++;
            return;
        }
        seen.set(index);
        if (sequence < last || (last >= 0 && sequence > last + 1 && !told)) {
            holes.add(new Hole(last, sequence));
        }
        first = first < 0 ? sequence : first;
        if (sequence > last) {
            last = sequence;
            told = false;
        }
    }

    /** Notes that the client was told of a loss. */
    synchronized void gap() {
        gaps++;
        told = true;
    }

    /** @param resume what the gateway says when a connection begins: {@code new}, {@code ok} or {@code gap} */
    synchronized void hello(String resume) {
        resumes.add(resume);
        if (resume.equals("gap")) {
            gap();
        }
    }

    /** The first number, -1 before any. */
    synchronized long first() {
        return first;
    }

    /** The highest number, -1 before any. */
    synchronized long last() {
        return last;
    }

    /** How many gaps were reported, those in {@code hello} included. */
    synchronized long gaps() {
        return gaps;
    }

    /** How many events came again. */
    synchronized long doubled() {
        return doubled;
    }

    /** What each {@code hello} said, in order. */
    synchronized List<String> resumes() {
        return List.copyOf(resumes);
    }

    /** How many numbers between the first and the highest never came. */
    synchronized long missing() {
        return first < 0
                ? 0
                : last + 1 - first - seen.get((int) first, (int) last + 1).cardinality();
    }

    /** @param neverThere numbers that were not published, whose absence is no loss */
    synchronized List<String> unreported(Set<Long> neverThere) {
        return holes.stream()
                .filter(hole -> hole.isLoss(neverThere))
                .map(hole -> hole.after() + " after " + hole.before())
                .toList();
    }

    @Override
    public synchronized String toString() {
        return first + " to " + last + ", missing " + missing() + ", again " + doubled + ", gaps " + gaps + ", holes "
                + holes.subList(0, Math.min(3, holes.size())) + ", resumes " + resumes;
    }
}

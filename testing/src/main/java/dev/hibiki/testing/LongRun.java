package dev.hibiki.testing;

import java.util.stream.LongStream;

/**
 * How much a test does that could go on for ever: a soak, random documents, random schedules. A little, so that it is always run; much with
 * {@code -Dhibiki.test.long=true}, which {@code scripts/check --long} sets.
 */
public final class LongRun {
    private static final boolean LONG = Boolean.getBoolean("hibiki.test.long");

    private LongRun() {}

    /** The system property if it is set, else the one or the other. */
    public static int setting(String property, int normally, int inALongRun) {
        return Integer.getInteger(property, LONG ? inALongRun : normally);
    }

    /** Seeds 1, 2, 3, … for a random test; the seed in its name repeats it. */
    public static LongStream seeds(int normally, int inALongRun) {
        return LongStream.rangeClosed(1, LONG ? inALongRun : normally);
    }
}

package dev.hibiki.testing;

import java.util.stream.LongStream;

/**
 * The amount of work of open-ended tests, such as a soak, random documents or random schedules. It is small by default, and large with {@code
 * -Dhibiki.test.long=true}, which {@code scripts/check --long} sets. Stateless.
 */
public final class LongRun {
    private static final boolean LONG = Boolean.getBoolean("hibiki.test.long");

    private LongRun() {}

    /** The system property if it is set, else the default for this kind of run. */
    public static int setting(String property, int normally, int inALongRun) {
        return Integer.getInteger(property, LONG ? inALongRun : normally);
    }

    /** Seeds 1, 2, 3, … for a random test; the seed in its name repeats it. */
    public static LongStream seeds(int normally, int inALongRun) {
        return LongStream.rangeClosed(1, LONG ? inALongRun : normally);
    }
}

package dev.hibiki.gateway.runtime;

import java.util.function.LongSupplier;

/**
 * The two clocks of the gateway. Thread-safe.
 *
 * <p>A class that decides something by the time gets a clock through its constructor, or asks the ticker of its event loop.
 * So a test can set the time. The readings of a ticker and of {@link #nano} cannot be compared. A class that only measures
 * for a metric on the hot path, or limits lines of the log, may ask the system; a test lists these classes.
 *
 * @param nano nanoseconds since an arbitrary moment, as {@link System#nanoTime}: for intervals
 * @param epochMs milliseconds since 1970, as {@link System#currentTimeMillis}: for dates
 */
public record Clocks(LongSupplier nano, LongSupplier epochMs) {
    /** The clocks of this machine. */
    public static Clocks system() {
        return new Clocks(System::nanoTime, System::currentTimeMillis);
    }
}

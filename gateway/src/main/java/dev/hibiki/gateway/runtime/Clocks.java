package dev.hibiki.gateway.runtime;

import java.util.function.LongSupplier;

/**
 * The two clocks of the gateway. Thread-safe.
 *
 * <p>A class that decides something by the time gets a clock through its constructor, or asks the ticker of its event loop.
 * A test can then set the time. Never compare a reading of a ticker with one of {@link #nano}. Some classes may ask the
 * system: they measure for a metric on the hot path, or limit lines of the log. ArchitectureTest lists them.
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

package dev.hibiki.gateway.channels;

/**
 * One configured entry: the name of a channel, or a pattern of PSUBSCRIBE. Immutable.
 *
 * <p>In a pattern, {@code *} matches any bytes of UTF-8, {@code ?} matches one byte, {@code [ab]}, {@code [a-c]} and
 * {@code [^a]} match one of a set, and {@code \} makes the next byte literal. An entry with none of these is a name.
 */
public final class ChannelSpec {
    /** The longest name or pattern that clients and operators may give, in bytes of UTF-8. */
    public static final int MAX_BYTES = 512;

    private final String name;
    private final boolean pattern;
    private final byte[] utf8;

    public ChannelSpec(String name) {
        this.name = name;
        this.pattern = Glob.isPattern(name);
        this.utf8 = Glob.utf8(name);
    }

    /** True for a name, pattern or region that is longer than {@link #MAX_BYTES}. */
    public static boolean isTooLong(String text) {
        return text.length() > MAX_BYTES || Glob.utf8(text).length > MAX_BYTES;
    }

    /** The name or pattern, as configured. */
    public String name() {
        return name;
    }

    public boolean isPattern() {
        return pattern;
    }

    /** Whether this pattern matches a channel, given in UTF-8. */
    boolean matches(byte[] channel) {
        return Glob.matches(utf8, channel);
    }

    @Override
    public String toString() {
        return name;
    }
}

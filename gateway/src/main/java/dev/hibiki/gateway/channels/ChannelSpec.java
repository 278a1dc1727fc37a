package dev.hibiki.gateway.channels;

/**
 * One configured entry: the name of a channel, or a pattern of PSUBSCRIBE. Immutable.
 *
 * <p>In a pattern, {@code *} matches any characters, {@code ?} matches one, {@code [ab]}, {@code [a-c]} and {@code [^a]}
 * match one of a set, and {@code \} makes the next character literal. An entry with none of these is a name.
 */
public final class ChannelSpec {
    private final String name;
    private final boolean pattern;

    public ChannelSpec(String name) {
        this.name = name;
        this.pattern = Glob.isPattern(name);
    }

    /** The name or pattern, as configured. */
    public String name() {
        return name;
    }

    public boolean isPattern() {
        return pattern;
    }

    public boolean matches(String channel) {
        return pattern ? Glob.matches(name, channel) : name.equals(channel);
    }

    @Override
    public String toString() {
        return name;
    }
}

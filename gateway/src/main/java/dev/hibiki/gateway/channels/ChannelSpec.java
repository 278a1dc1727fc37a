package dev.hibiki.gateway.channels;

/**
 * One configured channel: a name, or a pattern as Redis understands it in PSUBSCRIBE.
 *
 * <p>Patterns: {@code *} any run, {@code ?} one character, {@code [ab]} {@code [a-c]} {@code [^a]} a set, {@code \} takes
 * the next character as it is. A channel with none of these is a name.
 */
public final class ChannelSpec {
    private final String name;
    private final boolean pattern;

    public ChannelSpec(String name) {
        this.name = name;
        this.pattern = Glob.isPattern(name);
    }

    /** As configured. */
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

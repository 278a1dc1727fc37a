package dev.hibiki.gateway.channels;

/** Finds a channel that a pattern matches, for an example. Stateless. */
public final class ChannelExample {
    private static final String ANY = "example";

    private ChannelExample() {}

    /** Returns a name as it is; for a pattern, a channel that it matches, or the pattern itself if that is hard to find. */
    public static String of(String entry) {
        if (!Glob.isPattern(entry)) {
            return entry;
        }
        StringBuilder channel = new StringBuilder();
        int i = 0;
        while (i < entry.length()) {
            char c = entry.charAt(i);
            if (c == '*') {
                channel.append(ANY);
                while (i + 1 < entry.length() && entry.charAt(i + 1) == '*') {
                    i++;
                }
            } else if (c == '?') {
                channel.append('x');
            } else if (c == '[' && entry.indexOf(']', i + 1) > i) {
                channel.append(entry.startsWith("[^", i) ? '0' : entry.charAt(i + 1));
                i = entry.indexOf(']', i + 1);
            } else if (c == '\\' && i + 1 < entry.length()) {
                channel.append(entry.charAt(++i));
            } else {
                channel.append(c);
            }
            i++;
        }
        return Glob.matches(entry, channel.toString()) ? channel.toString() : entry;
    }
}

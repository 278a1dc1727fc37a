package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import io.netty.util.NetUtil;
import java.net.IDN;
import java.net.Inet6Address;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code --allowed-origin} and writes each origin as browsers do in the header Origin (Fetch, section 3.2; URL,
 * section 3.5): scheme and host in lower case, an international name in Punycode, and no default port.
 */
final class OriginReader {
    private static final String ALL = "*";
    /** The origin of sandboxed frames, of files in most browsers, and of redirected requests. */
    private static final String OPAQUE = "null";
    /** The origin of files in some embedded browsers. */
    private static final String FILES = "file://";

    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(.*)");
    private static final Pattern HOST_AND_PORT = Pattern.compile("(\\*\\.)?(\\[[^]]*]|[^:\\[\\]]*)(?::(\\d{1,5}))?");
    private static final Pattern HOST = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*\\.?");
    private static final Pattern NUMBER_AT_END = Pattern.compile("(.*\\.)?[0-9]+\\.?");
    /** Browsers and Java write these letters in different ways. */
    private static final Pattern AMBIGUOUS = Pattern.compile(".*[\u00DF\u03C2\u200C\u200D].*");

    private static final Set<String> EVERYBODY = Set.of("all", "any");

    private static final Map<String, Integer> DEFAULT_PORTS = Map.of("http", 80, "https", 443);
    private static final Map<String, String> OF_WEB_SOCKETS = Map.of("ws", "http", "wss", "https");
    private static final int MAX_PORT = 65_535;
    private static final String EXAMPLES = "https://example.com, https://*.example.com, null or *";

    private final Values values;

    OriginReader(Values values) {
        this.values = values;
    }

    List<String> read() throws ConfigException {
        List<String> origins = new ArrayList<>();
        for (String text : values.list(Setting.ALLOWED_ORIGIN)) {
            String origin = text.equals(ALL) || text.equals(OPAQUE) || text.equals(FILES) ? text : normal(text);
            if (!origins.contains(origin)) {
                origins.add(origin);
            }
        }
        if (origins.contains(ALL) && origins.size() > 1) {
            values.warn("--allowed-origin allows all pages with *, so the other origins have no effect");
        }
        return List.copyOf(origins);
    }

    /** Refuses cookies with origins that any page can have: then any page could read the events of the user. */
    static void checkCookie(Values values) throws ConfigException {
        List<String> origins = values.list(Setting.ALLOWED_ORIGIN);
        if (origins.contains(ALL)) {
            throw values.wrong(
                    Setting.JWT_COOKIE, "with --allowed-origin other than *, since browsers send cookies for any page");
        }
        if (origins.contains(OPAQUE)) {
            throw values.wrong(
                    Setting.JWT_COOKIE,
                    "without --allowed-origin null, since any page can have this origin in a sandboxed frame");
        }
    }

    private String normal(String text) throws ConfigException {
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.equals(OPAQUE)) {
            throw wrong(text, "is not in lower case", OPAQUE);
        }
        if (EVERYBODY.contains(lower)) {
            throw wrong(text, "is the name of a host", ALL + " for all pages");
        }
        if (lower.startsWith("file:")) {
            throw wrong(text, "is no origin", FILES + ", or null, as most browsers call files");
        }
        Matcher parts = SCHEME.matcher(text);
        if (!parts.matches()) {
            throw text.matches("[^/?#@\\s]+(:\\d+)?")
                    ? wrong(text, "has no scheme", normal("https://" + text))
                    : wrong(text, "has no scheme", EXAMPLES);
        }
        String scheme = parts.group(1).toLowerCase(Locale.ROOT);
        String rest = parts.group(2);
        String asPage = OF_WEB_SOCKETS.get(scheme);
        if (asPage != null) {
            throw wrong(text, "is not the address of a page", normal(asPage + "://" + rest));
        }
        int end = indexOfAny(rest, "/?#\\");
        if (end >= 0) {
            throw wrong(text, "has a path", normal(scheme + "://" + rest.substring(0, end)));
        }
        if (rest.indexOf('@') >= 0) {
            throw wrong(text, "has a user", normal(scheme + "://" + rest.substring(rest.lastIndexOf('@') + 1)));
        }
        Matcher hostAndPort = HOST_AND_PORT.matcher(rest);
        if (!hostAndPort.matches()) {
            throw wrong(text, "has no valid host and port", EXAMPLES);
        }
        String stars = hostAndPort.group(1) == null ? "" : hostAndPort.group(1);
        return scheme + "://" + stars + host(text, hostAndPort.group(2)) + port(text, scheme, hostAndPort.group(3));
    }

    private String host(String origin, String text) throws ConfigException {
        if (text.startsWith("[")) {
            return ipv6(origin, text.substring(1, text.length() - 1));
        }
        if (AMBIGUOUS.matcher(text).matches()) {
            throw wrong(origin, "has a letter that browsers write in different ways", "the host in Punycode, xn--…");
        }
        String host = text;
        try {
            host = IDN.toASCII(text.toLowerCase(Locale.ROOT)).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            throw wrong(origin, "has no valid host", EXAMPLES);
        }
        if (!HOST.matcher(host).matches()) {
            throw wrong(origin, "has no valid host", EXAMPLES);
        }
        if (NUMBER_AT_END.matcher(host).matches() && !NetUtil.isValidIpV4Address(host)) {
            throw wrong(origin, "has no valid IPv4 address", "four numbers, as in http://127.0.0.1:3000");
        }
        return host;
    }

    private String ipv6(String origin, String address) throws ConfigException {
        byte[] bytes = NetUtil.isValidIpV6Address(address) ? NetUtil.createByteArrayFromIpAddressString(address) : null;
        if (bytes == null) {
            throw wrong(origin, "has no valid IPv6 address", "such as http://[::1]:3000");
        }
        try {
            return "[" + NetUtil.toAddressString(Inet6Address.getByAddress(null, bytes, -1)) + "]";
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private String port(String origin, String scheme, @Nullable String text) throws ConfigException {
        if (text == null) {
            return "";
        }
        int port = Integer.parseInt(text);
        if (port > MAX_PORT) {
            throw wrong(origin, "has no valid port", "a port up to " + MAX_PORT);
        }
        return Integer.valueOf(port).equals(DEFAULT_PORTS.get(scheme)) ? "" : ":" + port;
    }

    private static int indexOfAny(String text, String characters) {
        for (int i = 0; i < text.length(); i++) {
            if (characters.indexOf(text.charAt(i)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private ConfigException wrong(String origin, String what, String expected) {
        return values.wrong(Setting.ALLOWED_ORIGIN, expected + "; \"" + origin + "\" " + what);
    }
}

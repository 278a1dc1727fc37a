package dev.hibiki.gateway.redis.address;

import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.redis.address.RedisAddress.Kind;
import io.lettuce.core.RedisURI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads an address of Redis. Each refusal says what is wrong and what to write instead, and shows neither user nor password.
 * Java's URI is not used: it knows no host names with underscores, as Docker Compose makes them. Used for one address.
 */
final class AddressParser {
    private static final String SOCKET = "redis-socket";
    private static final String EXPECTED = "redis://[user:password@]host[:port][/db],"
            + " redis-sentinel://[user:password@]host[:port],…[/db]#master,"
            + " redis-cluster://[user:password@]host[:port],… or redis-socket://[user:password@]/path[?db=N];"
            + " rediss… for TLS";

    private static final Pattern SCHEME =
            Pattern.compile("(?<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?<rest>.*)", Pattern.DOTALL);
    /** A scheme without both slashes. With a port behind it, it is the name of a host. */
    private static final Pattern HALF_SCHEME =
            Pattern.compile("(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):/?(?<rest>(?!\\d{1,5}(/.*)?$)[^/].*)", Pattern.DOTALL);

    private static final Set<String> SCHEMES = Set.of(
            "redis",
            "rediss",
            "redis-sentinel",
            "rediss-sentinel",
            "redis-cluster",
            "rediss-cluster",
            SOCKET,
            "redis+socket");

    private static final Pattern HOST = Pattern.compile("\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+");
    private static final Pattern PARTS =
            Pattern.compile("(?<hosts>[^/?#]*)(?<path>/[^?#]*)?(\\?(?<query>[^#]*))?(#(?<master>.*))?");
    /** Names of the parameter that other programs take the password from. */
    private static final Set<String> PASSWORDS = Set.of("auth", "pass", "password");

    private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");
    private static final int MAX_PORT = 65_535;

    /** Schemes of other programs, with ours. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry("tcp", "redis"),
            Map.entry("http", "redis"),
            Map.entry("valkey", "redis"),
            Map.entry("tls", "rediss"),
            Map.entry("ssl", "rediss"),
            Map.entry("https", "rediss"),
            Map.entry("valkeys", "rediss"),
            Map.entry("redis+tls", "rediss"),
            Map.entry("redis+ssl", "rediss"),
            Map.entry("redis+sentinel", "redis-sentinel"),
            Map.entry("rediss+sentinel", "rediss-sentinel"),
            Map.entry("redis+cluster", "redis-cluster"),
            Map.entry("rediss+cluster", "rediss-cluster"),
            Map.entry("sentinel", "redis-sentinel"),
            Map.entry("cluster", "redis-cluster"),
            Map.entry("redis+unix", SOCKET),
            Map.entry("unix", SOCKET));

    private final String text;
    private String scheme = "";
    private Kind kind = Kind.STANDALONE;
    private Credentials credentials = Credentials.NONE;

    AddressParser(String text) {
        this.text = text;
    }

    RedisAddress parse() {
        Matcher parts = SCHEME.matcher(text);
        if (!parts.matches()) {
            throw noScheme();
        }
        scheme = parts.group("scheme").toLowerCase(Locale.ROOT);
        String rest = parts.group("rest");
        return switch (scheme) {
            case "redis", "rediss" -> overNetwork(Kind.STANDALONE, rest);
            case "redis-sentinel", "rediss-sentinel" -> overNetwork(Kind.SENTINEL, rest);
            case "redis-cluster", "rediss-cluster" -> overNetwork(Kind.CLUSTER, rest);
            case "redis-socket", "redis+socket" -> overSocket(rest);
            default -> throw unknownScheme();
        };
    }

    private IllegalArgumentException noScheme() {
        if (text.startsWith("\"") || text.startsWith("'")) {
            return refusal("it is in quotation marks", "the address without them");
        }
        boolean isSecret = !Values.withoutPassword(text).equals(text);
        Matcher halfScheme = HALF_SCHEME.matcher(text);
        String half = halfScheme.matches() ? halfScheme.group("scheme").toLowerCase(Locale.ROOT) : "";
        String ours = SCHEMES.contains(half) ? half : OTHERS.get(half);
        if (ours != null) {
            String meant = ours + (ours.equals(SOCKET) ? ":///" : "://");
            return isSecret
                    ? refusal("its scheme is not complete", meant + " at the beginning")
                    : new IllegalArgumentException(
                            "its scheme is not complete; did you mean " + meant + halfScheme.group("rest") + '?');
        }
        if (isSecret) {
            return refusal("it has no scheme", "redis:// before user, password and host");
        }
        if (text.startsWith("/") && !text.startsWith("//")) {
            return refusal("a path alone is not an address", SOCKET + "://" + text);
        }
        return text.indexOf(',') >= 0
                ? severalHosts(text)
                : new IllegalArgumentException(
                        "it has no scheme; did you mean redis://" + text.replaceFirst("^/+", "") + '?');
    }

    private IllegalArgumentException unknownScheme() {
        String ours = OTHERS.get(scheme);
        return ours == null
                ? refusal("the scheme " + scheme + ":// is not known", EXPECTED)
                : refusal("the gateway does not know the scheme " + scheme + "://", ours + ":// instead");
    }

    private RedisAddress overNetwork(Kind of, String rest) {
        kind = of;
        int at = rest.lastIndexOf('@');
        if (at >= 0) {
            credentials = Credentials.parse(rest.substring(0, at));
        }
        Matcher parts = PARTS.matcher(rest.substring(at + 1));
        if (!parts.matches()) {
            throw refusal("it contains a line end", EXPECTED);
        }
        String hosts = parts.group("hosts");
        String master = master(hosts, orEmpty(parts.group("path")), parts.group("master"));
        int database = database(orEmpty(parts.group("path")), parts.group("query"));
        List<RedisURI> seeds = new ArrayList<>();
        for (String host : hosts.split(",", -1)) {
            // The user and the database are those of the master. Sentinels have users of their own, and no database.
            seeds.add(kind == Kind.SENTINEL ? uri(host, Credentials.NONE) : uri(host, credentials));
        }
        if (seeds.size() > 1 && kind == Kind.STANDALONE) {
            throw severalHosts(hosts);
        }
        RedisURI data = uri(hosts.split(",", -1)[0], credentials);
        data.setDatabase(database);
        return new RedisAddress(kind, kind == Kind.STANDALONE ? List.of(data) : List.copyOf(seeds), data, master);
    }

    private RedisAddress overSocket(String rest) {
        int path = rest.indexOf('/');
        String before = path < 0 ? rest : rest.substring(0, path);
        if (before.endsWith("@")) {
            credentials = Credentials.parse(before.substring(0, before.length() - 1));
        } else if (path < 0 || !before.isEmpty()) {
            throw refusal(
                    "the path of the socket does not begin with /",
                    "redis-socket:///run/redis/redis.sock, or redis-socket://USER:PASSWORD@/run/redis/redis.sock; write / in a password as %2F");
        }
        int query = rest.indexOf('?', path);
        RedisURI data = RedisURI.Builder.socket(
                        Credentials.decode(rest.substring(path, query < 0 ? rest.length() : query)))
                .build();
        credentials.setOn(data);
        data.setDatabase(database("", query < 0 ? null : rest.substring(query + 1)));
        return new RedisAddress(Kind.STANDALONE, List.of(data), data, "");
    }

    private String master(String hosts, String path, @Nullable String fragment) {
        if (kind != Kind.SENTINEL) {
            if (fragment != null) {
                throw refusal(
                        "only the address of Sentinels has a master after #",
                        "redis-sentinel:// at the beginning, or no #");
            }
            return "";
        }
        String name = orEmpty(fragment);
        if (name.isEmpty()) {
            String named =
                    NUMBER.matcher(path.replace("/", "")).matches() ? "" : path.replaceAll("/.*?([^/]*).*", "$1");
            throw refusal(
                    "the name of the master after # is missing",
                    scheme + "://" + (hosts.isEmpty() ? "host" : hosts) + '#' + (named.isEmpty() ? "mymaster" : named));
        }
        if (name.indexOf('/') >= 0) {
            throw refusal(
                    "something follows the name of the master",
                    "the database before it: " + scheme + "://host/3#mymaster");
        }
        return Credentials.decode(name);
    }

    private int database(String path, @Nullable String query) {
        String inPath = path.startsWith("/") ? path.substring(1) : path;
        String number = inPath;
        if (query != null) {
            int equals = query.indexOf('=');
            String name = equals < 0 ? query : query.substring(0, equals);
            if (!name.equals("db") && !name.equals("database")) {
                throw refusal(
                        "the parameter \"" + name + "\" is not known",
                        PASSWORDS.contains(name)
                                ? "the password before the host, as in " + scheme + "://:PASSWORD@host"
                                : "?db=N, which is the only one");
            }
            if (query.indexOf('=', equals + 1) >= 0) {
                throw refusal("it has several parameters", "?db=N, which is the only one");
            }
            if (!inPath.isEmpty()) {
                throw refusal("it names two databases", "one of /N and ?db=N");
            }
            number = query.substring(equals + 1);
        }
        if (number.isEmpty() && query == null) {
            return 0;
        }
        if (!NUMBER.matcher(number).matches()) {
            throw refusal("\"" + number + "\" is not the number of a database", "a number from 0 to 99999, such as 2");
        }
        int database = Integer.parseInt(number);
        if (kind == Kind.CLUSTER && database != 0) {
            throw refusal("a cluster has only the database 0", "no database");
        }
        return database;
    }

    private RedisURI uri(String hostAndPort, Credentials with) {
        Matcher bracketed = Pattern.compile("(\\[[^]]*])(.*)").matcher(hostAndPort);
        boolean isBracketed = bracketed.matches();
        int colon = isBracketed ? bracketed.end(1) : hostAndPort.indexOf(':');
        if (!isBracketed && hostAndPort.indexOf(':', colon + 1) >= 0) {
            throw refusal("an IPv6 address needs brackets", scheme + "://[::1]:6379");
        }
        String host = colon < 0 ? hostAndPort : hostAndPort.substring(0, colon);
        if (host.isEmpty() || host.equals("[]")) {
            throw refusal("a host is missing", scheme + "://localhost:6379, for example");
        }
        if (!HOST.matcher(host).matches()) {
            throw refusal(
                    "a host name cannot be \"" + host + '"',
                    "letters, digits, dots, dashes and underscores, or [IPv6]");
        }
        RedisURI uri = RedisURI.builder()
                .withHost(host)
                .withPort(port(colon < 0 ? "" : hostAndPort.substring(colon)))
                .withSsl(scheme.startsWith("rediss"))
                .build();
        with.setOn(uri);
        return uri;
    }

    /** @param text with its colon, or empty */
    private int port(String text) {
        if (text.isEmpty()) {
            return kind == Kind.SENTINEL ? RedisURI.DEFAULT_SENTINEL_PORT : RedisURI.DEFAULT_REDIS_PORT;
        }
        String port = text.substring(1);
        int number = text.startsWith(":") && NUMBER.matcher(port).matches() ? Integer.parseInt(port) : 0;
        if (number < 1 || number > MAX_PORT) {
            // Perhaps this is a password without its host: so it is not repeated.
            throw refusal("the port after the host is not valid", "a port from 1 to 65535, such as :6379");
        }
        return number;
    }

    private static IllegalArgumentException severalHosts(String hosts) {
        return refusal(
                "it names several hosts",
                "redis-sentinel://" + hosts + "#mymaster for Sentinels, or redis-cluster://" + hosts
                        + " for a cluster");
    }

    private static String orEmpty(@Nullable String group) {
        return group == null ? "" : group;
    }

    /** @param expected what to write */
    static IllegalArgumentException refusal(String wrong, String expected) {
        return new IllegalArgumentException(wrong + " (expected: " + expected + ')');
    }
}

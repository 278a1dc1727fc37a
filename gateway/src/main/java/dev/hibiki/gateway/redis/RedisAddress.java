package dev.hibiki.gateway.redis;

import io.lettuce.core.RedisURI;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of {@code --redis}, taken apart. Immutable as long as its URIs are not changed.
 *
 * <p>The syntax is that of Lettuce and of the documents of Redis, except for clusters. Lettuce has no scheme for them: it
 * takes several hosts in a {@code redis://} URI only when the code says that they are a cluster. Here the scheme
 * {@code redis-cluster://} says it.
 *
 * @param seeds where to ask first: the Redis itself, the Sentinels, or nodes of the cluster
 * @param data how to connect to a Redis that holds data; its host and port are valid for a single Redis only
 * @param master the name under which the Sentinels watch the master, empty for the other kinds
 */
public record RedisAddress(Kind kind, List<RedisURI> seeds, RedisURI data, String master) {
    static final String EXPECTED = "redis://[user:password@]host[:port][/db],"
            + " redis-sentinel://[user:password@]host[:port],…[/db]#master or"
            + " redis-cluster://[user:password@]host[:port],…; rediss… for TLS";

    private static final Pattern URI =
            Pattern.compile("(?<scheme>rediss?)(?<kind>-sentinel|-cluster)?://(?<user>[^/?#]*@)?"
                    + "(?<hosts>[^/?#@]+)(?<path>/\\d{0,5})?(?<query>\\?(db|database)=\\d{1,5})?(#(?<master>.+))?");

    /** How Redis is run. */
    public enum Kind {
        STANDALONE,
        SENTINEL,
        CLUSTER
    }

    /** @throws IllegalArgumentException without a useful message; {@link #EXPECTED} says what is right */
    public static RedisAddress parse(String text) {
        Matcher parts = URI.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a URI of Redis");
        }
        Kind kind = kind(parts.group("kind"));
        String master = orEmpty(parts.group("master"));
        String[] hosts = parts.group("hosts").split(",", -1);
        String database = orEmpty(parts.group("path")) + orEmpty(parts.group("query"));
        boolean fits = master.isEmpty() == (kind != Kind.SENTINEL)
                && (hosts.length == 1 || kind != Kind.STANDALONE)
                && (kind != Kind.CLUSTER || database.isEmpty() || database.equals("/") || database.equals("/0"));
        if (!fits) {
            throw new IllegalArgumentException("not of this kind");
        }
        // The user and the database are those of the master. Sentinels have users of their own, and no database.
        // Java's URI reads no host and port behind a second @, which a password may hold.
        String user = orEmpty(parts.group("user")).replaceAll("@(?=.)", "%40");
        String ofSeeds = kind == Kind.SENTINEL ? "" : user;
        List<RedisURI> seeds = new ArrayList<>();
        for (String host : hosts) {
            seeds.add(single(parts.group("scheme") + "://" + ofSeeds + host, kind));
        }
        RedisURI data = RedisURI.create(parts.group("scheme") + "://" + user + hosts[0] + database);
        return new RedisAddress(kind, List.copyOf(seeds), data, master);
    }

    private static Kind kind(@Nullable String suffix) {
        if (suffix == null) {
            return Kind.STANDALONE;
        }
        return suffix.equals("-sentinel") ? Kind.SENTINEL : Kind.CLUSTER;
    }

    private static RedisURI single(String text, Kind kind) {
        RedisURI uri = RedisURI.create(text);
        String host = uri.getHost();
        // Lettuce takes the port for a part of a host that Java's URI cannot read.
        if (host == null || host.isEmpty() || (host.contains(":") && !host.startsWith("["))) {
            throw new IllegalArgumentException("no host");
        }
        if (kind == Kind.SENTINEL && java.net.URI.create(text).getPort() < 0) {
            uri.setPort(RedisURI.DEFAULT_SENTINEL_PORT);
        }
        return uri;
    }

    private static String orEmpty(@Nullable String group) {
        return group == null ? "" : group;
    }

    public boolean isCluster() {
        return kind == Kind.CLUSTER;
    }
}

package dev.hibiki.gateway.redis.address;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import java.util.List;
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

    /** How Redis is run. */
    public enum Kind {
        STANDALONE,
        SENTINEL,
        CLUSTER
    }

    /** @throws IllegalArgumentException whose message says what is wrong, and what to write; it shows no password */
    public static RedisAddress parse(String text) {
        return new AddressParser(text).parse();
    }

    public boolean isCluster() {
        return kind == Kind.CLUSTER;
    }

    /** Returns the path of the Unix socket; null for a Redis that is reached over the network. */
    public @Nullable String socket() {
        return data.getSocket();
    }

    public boolean isTls() {
        return data.isSsl();
    }

    public int database() {
        return data.getDatabase();
    }

    /** Returns the user of Redis; null for the default one. */
    public @Nullable String user() {
        RedisCredentials credentials = credentials();
        return credentials.hasUsername() ? credentials.getUsername() : null;
    }

    public boolean hasPassword() {
        return credentials().hasPassword();
    }

    private RedisCredentials credentials() {
        return data.getCredentialsProvider().resolveCredentials().toFuture().join();
    }

    /** Returns host and port of a Redis, or the path of its socket, and the database unless it is 0; never its password. */
    public static String where(RedisURI uri) {
        String host = uri.getSocket() == null ? uri.getHost() + ':' + uri.getPort() : uri.getSocket();
        String before = uri.getSocket() == null ? "/" : "?db=";
        return uri.getDatabase() == 0 ? host : host + before + uri.getDatabase();
    }
}

package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import java.util.List;

/** The options that say how to reach Redis, for every kind of source that reads from it. */
public final class RedisOptions {
    static final Option REDIS = Option.of(
            OptionGroup.REDIS,
            "REDIS",
            "URI",
            null,
            "The Redis to read from: redis://[user:password@]host[:port][/db]. rediss:// uses TLS. Others:"
                    + " redis-sentinel://host,host#master, redis-cluster://host,host, redis-socket:///path. Not set: no"
                    + " Redis, events come only over HTTP.",
            Option.Secrecy.PASSWORD);

    static final Option SHARDED = Option.of(
            OptionGroup.REDIS,
            "REDIS_SHARDED",
            "BOOLEAN",
            null,
            "Read channels of sharded Pub/Sub, to which SPUBLISH publishes. Not set: true in a cluster, false elsewhere.");
    static final Option TLS_CA = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_CA",
            "FILE",
            null,
            "A PEM file with the certificates of the authorities that may sign the certificate of Redis. Not set: the"
                    + " authorities that Java trusts.");
    static final Option TLS_VERIFY = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_VERIFY",
            "MODE",
            "full",
            "How the certificate of Redis is checked. full: a trusted authority has signed it, and it is for this host; ca: a"
                    + " trusted authority has signed it; none: not at all.");

    static final Option TLS_CERT = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_CERT",
            "FILE",
            null,
            "A PEM file with the certificate that the gateway shows to Redis. Needs --redis-tls-key. Not set: none.");
    static final Option TLS_KEY = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_KEY",
            "FILE",
            null,
            "A PEM file with the private key of --redis-tls-cert, in PKCS #8 without a password.");

    /** All of them, in the order of {@code --help}. */
    public static final List<Option> ALL = List.of(REDIS, SHARDED, TLS_CA, TLS_CERT, TLS_KEY, TLS_VERIFY);

    private RedisOptions() {}
}

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
            "Redis to read from: redis://[user:password@]host[:port][/db]. In place of redis: rediss for TLS;"
                    + " redis-sentinel, with host,host and #master at the end; redis-cluster, with host,host;"
                    + " redis-socket, with a path. Absent: the in-process broker, to which only HTTP publishes.",
            Option.Secrecy.PASSWORD);

    static final Option SHARDED = Option.of(
            OptionGroup.REDIS,
            "REDIS_SHARDED",
            "BOOLEAN",
            null,
            "Whether channels are those of sharded Pub/Sub (SPUBLISH). Absent: true in a cluster, false elsewhere.");
    static final Option TLS_CA = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_CA",
            "FILE",
            null,
            "The certificates, in PEM, of who may vouch for Redis. Absent: those that Java trusts.");
    static final Option TLS_VERIFY = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_VERIFY",
            "MODE",
            "full",
            "full: Redis's certificate is signed by a trusted authority and names the host; ca: signed only; none.");

    static final Option TLS_CERT = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_CERT",
            "FILE",
            null,
            "The certificate, in PEM, that the gateway shows to a Redis that asks for one. With --redis-tls-key.");
    static final Option TLS_KEY = Option.of(
            OptionGroup.REDIS,
            "REDIS_TLS_KEY",
            "FILE",
            null,
            "The key of --redis-tls-cert, in PEM, PKCS #8 and not encrypted.");

    /** All of them, in the order of {@code --help}. */
    public static final List<Option> ALL = List.of(REDIS, SHARDED, TLS_CA, TLS_CERT, TLS_KEY, TLS_VERIFY);

    private RedisOptions() {}
}

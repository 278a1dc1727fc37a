package dev.hibiki.gateway.redis;

import dev.hibiki.gateway.redis.address.RedisAddress;
import dev.hibiki.gateway.runtime.ShellWord;
import io.lettuce.core.RedisURI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Writes command lines of redis-cli that lead to the Redis of the gateway, for people who paste them into a shell. They never
 * show the password: the shell asks for the variable REDISCLI_AUTH where one is needed. Immutable.
 */
final class RedisCli {
    private static final String PASSWORD =
            "REDISCLI_AUTH=\"${REDISCLI_AUTH:?export it first, with the password of Redis, without percent codes}\" ";
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "::1");

    private final RedisSettings settings;
    private final RedisAddress address;

    RedisCli(RedisSettings settings) {
        this.settings = settings;
        this.address = settings.address();
    }

    /** @param database whether the number of the database matters for this command */
    String line(List<String> command, boolean database) {
        StringBuilder line = new StringBuilder();
        if (address.hasPassword()) {
            line.append(PASSWORD);
        }
        line.append("redis-cli");
        if (address.kind() == RedisAddress.Kind.SENTINEL) {
            line.append(' ').append(master());
        } else {
            words(line, where(address.seeds().get(0)));
        }
        words(line, tls());
        String user = address.user();
        if (user != null) {
            words(line, List.of("--user", user));
        }
        if (address.isCluster()) {
            line.append(" -c");
        } else if (database && address.database() != 0) {
            words(line, List.of("-n", Integer.toString(address.database())));
        }
        words(line, command);
        return line.toString();
    }

    /** Returns true when a line names no host, user or file, except the socket of Redis. */
    boolean isPublic() {
        RedisURI seed = address.seeds().get(0);
        boolean isHere = seed.getSocket() != null || LOOPBACK.contains(hostOf(seed));
        return isHere && address.user() == null && !address.isTls();
    }

    private static String hostOf(RedisURI uri) {
        return uri.getHost().replaceAll("^\\[(.*)]$", "$1");
    }

    /** Asks a Sentinel each time, since another Redis may be the master by then. */
    private String master() {
        // Sentinels do not have the password of the master.
        StringBuilder ask = new StringBuilder(address.hasPassword() ? "unset REDISCLI_AUTH; redis-cli" : "redis-cli");
        words(ask, where(address.seeds().get(0)));
        words(ask, tls());
        words(ask, List.of("sentinel", "get-master-addr-by-name", address.master()));
        return "$(" + ask + " | xargs printf -- '-h %s -p %s')";
    }

    private static List<String> where(RedisURI uri) {
        List<String> words = new ArrayList<>();
        if (uri.getSocket() != null) {
            return List.of("-s", uri.getSocket());
        }
        String host = hostOf(uri);
        if (!host.equals("127.0.0.1") && !host.equals("localhost")) {
            words.addAll(List.of("-h", host));
        }
        if (uri.getPort() != RedisURI.DEFAULT_REDIS_PORT) {
            words.addAll(List.of("-p", Integer.toString(uri.getPort())));
        }
        return words;
    }

    private List<String> tls() {
        if (!address.isTls()) {
            return List.of();
        }
        List<String> words = new ArrayList<>(List.of("--tls"));
        add(words, "--cacert", settings.tls().authorities());
        RedisSettings.Identity identity = settings.tls().identity();
        if (identity != null) {
            add(words, "--cert", identity.certificate());
            add(words, "--key", identity.key());
        }
        if (settings.tls().verify() == RedisSettings.Verify.NONE) {
            words.add("--insecure");
        }
        return words;
    }

    private static void add(List<String> words, String flag, @Nullable Path file) {
        if (file != null) {
            words.addAll(List.of(flag, file.toAbsolutePath().toString()));
        }
    }

    private static void words(StringBuilder line, List<String> words) {
        line.append(words.stream().map(word -> ' ' + ShellWord.quoted(word)).collect(Collectors.joining()));
    }
}

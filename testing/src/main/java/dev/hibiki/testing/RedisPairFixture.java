package dev.hibiki.testing;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A master and its replica, for tests. Confined to the thread of the test. */
public final class RedisPairFixture implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisPairFixture.class);
    private static final Duration ALLOWED = Duration.ofSeconds(30);

    private final RedisFixture first;
    private final RedisFixture second;
    private RedisFixture master;

    private RedisPairFixture(RedisFixture first, RedisFixture second) {
        this.first = first;
        this.second = second;
        this.master = first;
    }

    /** Starts both and waits until the replica is in step. */
    public static RedisPairFixture start(String... extraArguments) {
        List<String> arguments = new ArrayList<>(List.of("--repl-diskless-sync", "no"));
        arguments.addAll(List.of(extraArguments));
        RedisFixture first = RedisFixture.startLocal(arguments.toArray(String[]::new));
        arguments.addAll(List.of("--replicaof", "127.0.0.1 " + first.port()));
        RedisPairFixture pair = new RedisPairFixture(first, RedisFixture.startLocal(arguments.toArray(String[]::new)));
        pair.awaitReplica();
        return pair;
    }

    /** Both servers in the order of their start, whatever their roles are now. */
    List<RedisFixture> servers() {
        return List.of(first, second);
    }

    /** The server that was the master when this fixture last checked. */
    public RedisFixture master() {
        return master;
    }

    /** Waits until both servers run and one replicates the other. */
    public void awaitReplica() {
        Deadline.in(ALLOWED)
                .awaitUntil(
                        () -> "a replica in step",
                        () -> servers().stream().anyMatch(server -> says(server, "master_link_status:up"))
                                && servers().stream().anyMatch(server -> says(server, "state=online")));
    }

    /** Whether the server reports this role. A server that changes its role may close the connection, which counts as no. */
    static boolean says(RedisFixture server, String part) {
        try {
            return server.cli("INFO", "replication").contains(part);
        } catch (UncheckedIOException e) {
            LOG.debug("No answer from {}", server, e);
            return false;
        }
    }

    /**
     * Lets the two exchange their roles without loss: the master accepts no writes until the replica has all (FAILOVER, Redis 6.2). Clients of
     * the old master stay connected to it, which is a replica then.
     *
     * @return the new master
     */
    public RedisFixture failOver() {
        RedisFixture old = master;
        RedisFixture next = old == first ? second : first;
        awaitReplica();
        old.cli("FAILOVER", "TO", "127.0.0.1", Integer.toString(next.port()));
        Deadline.in(ALLOWED)
                .awaitUntil(() -> next + " is the master", () -> says(next, "role:master") && says(old, "role:slave"));
        master = next;
        return next;
    }

    @Override
    public void close() {
        second.close();
        first.close();
    }
}

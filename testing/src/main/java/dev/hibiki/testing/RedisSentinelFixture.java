package dev.hibiki.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A master, a replica and three Sentinels that watch them, for tests. Confined to the thread of the test.
 *
 * <p>Two of the three Sentinels must agree that a silent master is down, and a failover takes a few seconds. Every server is a {@link
 * RedisFixture}, which a test can kill, freeze and restart; {@link #master} finds the current master.
 */
public final class RedisSentinelFixture implements AutoCloseable {
    public static final String MASTER_NAME = "mymaster";

    private static final Logger LOG = LoggerFactory.getLogger(RedisSentinelFixture.class);
    private static final int SENTINELS = 3;
    private static final Duration ALLOWED = Duration.ofSeconds(30);

    /** Long enough that the Sentinels do not declare a server dead that only waits for a processor of a busy machine. */
    private static final int DOWN_AFTER_MS = 3_000;

    private final RedisPairFixture pair;
    private final List<RedisFixture> servers;
    private final List<RedisFixture> sentinels = new ArrayList<>();

    private RedisSentinelFixture(RedisPairFixture pair) {
        this.pair = pair;
        this.servers = pair.servers();
    }

    /** Starts all and waits until the Sentinels know the replica and each other. */
    public static RedisSentinelFixture start(String... extraArguments) {
        RedisSentinelFixture fixture = new RedisSentinelFixture(RedisPairFixture.start(extraArguments));
        try {
            fixture.startSentinels();
        } catch (RuntimeException | Error e) {
            fixture.close();
            throw e;
        }
        return fixture;
    }

    private void startSentinels() {
        String master = MASTER_NAME + " 127.0.0.1 " + servers.get(0).port();
        for (int i = 0; i < SENTINELS; i++) {
            sentinels.add(RedisFixture.startSentinel(
                    "sentinel monitor " + master + " 2",
                    "sentinel down-after-milliseconds " + MASTER_NAME + " " + DOWN_AFTER_MS,
                    "sentinel failover-timeout " + MASTER_NAME + " 2000"));
            hurry(sentinels.get(i));
        }
        Deadline.in(ALLOWED).awaitUntil(() -> "Sentinels that know all: " + masterSeenBy(sentinels.get(0)), () -> {
            return sentinels.stream()
                    .map(RedisSentinelFixture::masterSeenBy)
                    .allMatch(seen -> seen.contains("num-slaves\n1\n")
                            && seen.contains("num-other-sentinels\n" + (SENTINELS - 1) + "\n"));
        });
    }

    /** Lets a Sentinel poll more often than every ten seconds. A Sentinel of Redis 6 cannot, and takes longer. */
    private static void hurry(RedisFixture sentinel) {
        try {
            sentinel.cli("SENTINEL", "DEBUG", "INFO-PERIOD", "300", "PUBLISH-PERIOD", "300", "ASK-PERIOD", "300");
        } catch (RedisErrorException e) {
            LOG.debug("A Sentinel that does not hurry", e);
        }
    }

    private static String masterSeenBy(RedisFixture sentinel) {
        return sentinel.cli("SENTINEL", "MASTER", MASTER_NAME);
    }

    /** Waits until both servers run and one replicates the other. */
    public void awaitReplica() {
        pair.awaitReplica();
    }

    /** {@code host:port,host:port,…} of the Sentinels. */
    public String addresses() {
        return sentinels.stream()
                .map(sentinel -> "127.0.0.1:" + sentinel.port())
                .collect(Collectors.joining(","));
    }

    public List<RedisFixture> sentinels() {
        return List.copyOf(sentinels);
    }

    private RedisFixture running() {
        return sentinels.stream().filter(RedisFixture::isRunning).findFirst().orElseThrow();
    }

    /** The current master according to the first running Sentinel. */
    public RedisFixture master() {
        String address = running().cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER_NAME);
        return servers.stream()
                .filter(server -> address.endsWith("\n" + server.port()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("The master is none of ours: " + address));
    }

    /** The server that is not the master. */
    public RedisFixture replica() {
        return servers.get(0) == master() ? servers.get(1) : servers.get(0);
    }

    /** Makes the Sentinels fail over from a healthy master; returns the new master. */
    public RedisFixture failOver() {
        RedisFixture old = master();
        running().cli("SENTINEL", "FAILOVER", MASTER_NAME);
        return awaitOtherMaster(old);
    }

    /**
     * Hides a server from the Sentinels, like a split of the network, but not from clients with another user than {@code default}. The Sentinels
     * declare it dead and can neither demote it nor close its connections, so that it keeps its role.
     */
    public void hideFromSentinels(RedisFixture server) {
        server.cli("ACL", "SETUSER", "default", "-ping", "-multi", "-slaveof", "-replicaof", "-client");
    }

    /**
     * Waits until the Sentinels name another master than this one, and it has the role of a master. All running Sentinels must agree, because one
     * that still sees a replica there would demote it and close its connections.
     */
    public RedisFixture awaitOtherMaster(RedisFixture old) {
        Deadline.in(ALLOWED)
                .awaitUntil(
                        () -> "another master than " + old,
                        () -> master() != old && areAgreed() && RedisPairFixture.says(master(), "role:master"));
        return master();
    }

    private boolean areAgreed() {
        String settled = "\nport\n" + master().port() + "\n";
        return sentinels.stream()
                .filter(RedisFixture::isRunning)
                .map(RedisSentinelFixture::masterSeenBy)
                .allMatch(seen -> seen.contains(settled) && seen.contains("\nflags\nmaster\n"));
    }

    @Override
    public void close() {
        sentinels.forEach(RedisFixture::close);
        pair.close();
    }
}

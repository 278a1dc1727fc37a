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
 * <p>A master that is silent for a second is missed, and two of the three Sentinels decide, so that a failover takes three seconds or so. Every
 * server is a {@link RedisFixture}, to be killed, frozen and restarted as such; {@link #master} says which one matters.
 */
public final class RedisSentinelFixture implements AutoCloseable {
    public static final String MASTER_NAME = "mymaster";

    private static final Logger LOG = LoggerFactory.getLogger(RedisSentinelFixture.class);
    private static final int SENTINELS = 3;
    private static final Duration ALLOWED = Duration.ofSeconds(30);

    /** So long that Sentinels of a busy machine take no server for dead that only waits for a processor. */
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

    /** Lets a Sentinel look around more often than every ten seconds; one of Redis 6 cannot, and only takes longer. */
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

    /** Waits until both servers run, one follows the other, and that one sends it all it gets. */
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

    /** The master, as the first Sentinel that runs sees it now. */
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

    /** Lets the Sentinels fail over although nothing is wrong, as an administrator would; returns the new master. */
    public RedisFixture failOver() {
        RedisFixture old = master();
        running().cli("SENTINEL", "FAILOVER", MASTER_NAME);
        return awaitOtherMaster(old);
    }

    /**
     * Hides a server from the Sentinels, but not from those who come as another user than {@code default}, as a split of the network does: they
     * take it for dead and can neither demote it nor end its connections, and it goes on as what it was.
     */
    public void hideFromSentinels(RedisFixture server) {
        server.cli("ACL", "SETUSER", "default", "-ping", "-multi", "-slaveof", "-replicaof", "-client");
    }

    /**
     * Waits until the Sentinels name another master than this one, and it has taken its part. All that run must agree: one that still sees
     * a replica there would demote it, and cut its connections.
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

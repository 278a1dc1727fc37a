package dev.hibiki.testing;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real Redis Cluster on the loopback address: three masters with one replica each. Confined to the thread of the test.
 *
 * <p>It needs the {@code redis-server} of the PATH, version 7 or newer, because the embedded one has no sharded Pub/Sub. The cluster notices a
 * dead node after a second or more, and a failover takes a few seconds. Each node is a {@link RedisFixture}, which a test can kill, freeze and
 * restart; {@link #masterOf} finds the right one.
 */
public final class RedisClusterFixture implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final int FLAGS = 2;
    private static final int CONFIG_EPOCH = 6;
    private static final int FIRST_SLOTS = 8;
    private static final Duration ALLOWED = Duration.ofSeconds(30);
    /** More than CLUSTER_MF_TIMEOUT of Redis, after which a replica gives up. */
    private static final Duration TAKEOVER = Duration.ofSeconds(6);

    /** Long enough that the nodes do not declare a node dead that only waits for a processor of a busy machine. */
    private static final String NODE_TIMEOUT_MS = "2500";

    private final List<Node> nodes = new ArrayList<>();

    private record Node(RedisFixture redis, int busPort, String id) {}

    private RedisClusterFixture() {}

    /** Starts the nodes and waits until all agree that the cluster is complete. */
    public static RedisClusterFixture start(String... extraArguments) {
        RedisClusterFixture cluster = new RedisClusterFixture();
        try {
            for (int i = 0; i < 2 * MASTERS; i++) {
                cluster.nodes.add(startNode(extraArguments));
            }
            cluster.form();
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
        return cluster;
    }

    private static Node startNode(String... extraArguments) {
        Component.REDIS_SERVER.require();
        int busPort = Ports.free();
        List<String> arguments = new ArrayList<>(List.of("--cluster-enabled", "yes"));
        arguments.addAll(
                List.of("--cluster-port", Integer.toString(busPort), "--cluster-node-timeout", NODE_TIMEOUT_MS));
        arguments.addAll(List.of("--cluster-replica-validity-factor", "0", "--repl-diskless-sync", "no"));
        arguments.addAll(List.of(extraArguments));
        RedisFixture redis = RedisFixture.start(RedisKind.PATH, arguments.toArray(String[]::new));
        return new Node(redis, busPort, redis.cli("CLUSTER", "MYID"));
    }

    private void form() {
        for (int i = 0; i < nodes.size(); i++) {
            RedisFixture redis = nodes.get(i).redis();
            redis.cli("CLUSTER", "SET-CONFIG-EPOCH", Integer.toString(i + 1));
            if (i < MASTERS) {
                String first = Integer.toString(SLOTS * i / MASTERS);
                redis.cli("CLUSTER", "ADDSLOTSRANGE", first, Integer.toString(SLOTS * (i + 1) / MASTERS - 1));
            }
            String port = Integer.toString(redis.port());
            String bus = Integer.toString(nodes.get(i).busPort());
            nodes.get(0).redis().cli("CLUSTER", "MEET", "127.0.0.1", port, bus);
        }
        await("the nodes know each other", view -> view.lines().count() == nodes.size() && !view.contains("handshake"));
        for (int i = 0; i < MASTERS; i++) {
            nodes.get(MASTERS + i)
                    .redis()
                    .cli("CLUSTER", "REPLICATE", nodes.get(i).id());
        }
        awaitComplete();
    }

    /** Waits until each running node sees a master for every slot, a replica for every master, and every replica in step. */
    public void awaitComplete() {
        await(
                "three masters and three replicas",
                view -> view.lines()
                                .filter(line -> flags(line).contains("slave")
                                        && !flags(line).contains("fail"))
                                .count()
                        == MASTERS);
        Deadline.in(ALLOWED)
                .awaitUntil(
                        () -> "cluster_state:ok and replicas in step",
                        () -> nodes.stream()
                                .allMatch(node ->
                                        node.redis().cli("CLUSTER", "INFO").contains("cluster_state:ok")
                                                && inStep(node)));
    }

    private static boolean inStep(Node node) {
        String replication = node.redis().cli("INFO", "replication");
        return replication.contains("role:master") || replication.contains("master_link_status:up");
    }

    private void await(String what, Predicate<String> inEveryView) {
        Deadline.in(ALLOWED)
                .awaitUntil(
                        () -> what + ":\n" + views(),
                        () -> nodes.stream()
                                .allMatch(node -> inEveryView.test(node.redis().cli("CLUSTER", "NODES"))));
    }

    private String views() {
        return nodes.stream().map(node -> view(node).orElse("(no answer)")).collect(Collectors.joining("\n", "", "\n"));
    }

    /** {@code host:port,host:port,…} of all nodes. */
    public String addresses() {
        return nodes.stream().map(node -> "127.0.0.1:" + node.redis().port()).collect(Collectors.joining(","));
    }

    /** The current master of a key or a sharded channel; waits while there is none. */
    public RedisFixture masterOf(String key) {
        Deadline deadline = Deadline.in(ALLOWED);
        List<Node> found = new ArrayList<>();
        deadline.awaitUntil(() -> "a master for " + key + ":\n" + views(), () -> {
            findMaster(key).ifPresent(found::add);
            return !found.isEmpty();
        });
        return found.get(0).redis();
    }

    /** A running replica of that master that is in step. */
    public RedisFixture replicaOf(String key) {
        String masterPort = "master_port:" + masterOf(key).port() + "\r";
        List<Node> found = new ArrayList<>();
        Deadline.in(ALLOWED).awaitUntil(() -> "a replica for " + key + ":\n" + views(), () -> {
            running()
                    .filter(node -> inStep(node)
                            && node.redis().cli("INFO", "replication").contains(masterPort))
                    .forEach(found::add);
            return !found.isEmpty();
        });
        return found.get(0).redis();
    }

    /**
     * Makes a replica take over in an orderly failover; returns the new master. A replica that has agreed may give up, when
     * the offset of its master does not come in time, and tells nobody. So it is asked again when it must have given up.
     */
    public RedisFixture failOver(String key) {
        RedisFixture old = masterOf(key);
        RedisFixture replica = replicaOf(key);
        Deadline[] agreed = {Deadline.in(Duration.ZERO)};
        Deadline.in(ALLOWED).awaitUntil(() -> "another master for " + key + " than " + old + ":\n" + views(), () -> {
            if (agreed[0].isOver() && agreesToTakeOver(replica)) {
                agreed[0] = Deadline.in(TAKEOVER);
            }
            return findMaster(key).filter(node -> node.redis() != old).isPresent();
        });
        return masterOf(key);
    }

    /** False when the replica still thinks that its returned master has failed. True also when it is the master by now. */
    private static boolean agreesToTakeOver(RedisFixture replica) {
        try {
            replica.cli("CLUSTER", "FAILOVER");
            return true;
        } catch (RedisErrorException e) {
            String reason = String.valueOf(e.getMessage());
            if (reason.contains("Master is down or failed")) {
                return false;
            }
            if (reason.contains("to a replica")) {
                return true;
            }
            throw e;
        }
    }

    /** Waits until another node than this one serves the key. */
    public RedisFixture awaitOtherMaster(String key, RedisFixture old) {
        Deadline.in(ALLOWED)
                .awaitUntil(
                        () -> "another master for " + key + " than " + old + ":\n" + views(),
                        () -> findMaster(key)
                                .filter(node -> node.redis() != old)
                                .isPresent());
        return masterOf(key);
    }

    /** Moves the slot of a key to another master and returns it. The slot must be empty. */
    public RedisFixture migrate(String key) {
        RedisFixture source = masterOf(key);
        String slot = source.cli("CLUSTER", "KEYSLOT", key);
        Node target = running()
                .filter(node -> node.redis() != source && isMaster(node))
                .findFirst()
                .orElseThrow();
        target.redis().cli("CLUSTER", "SETSLOT", slot, "NODE", target.id());
        target.redis().cli("CLUSTER", "BUMPEPOCH");
        source.cli("CLUSTER", "SETSLOT", slot, "NODE", target.id());
        // A replica that does not know it yet would take over its master's other slots only.
        await(
                "slot " + slot + " at " + target.redis(),
                view -> view.lines()
                        .anyMatch(line -> line.startsWith(target.id()) && serves(line, Integer.parseInt(slot))));
        return target.redis();
    }

    /** Publishes to the shard of the channel; returns how many subscribers of its master got it. */
    public long publishSharded(String channel, String payload) {
        return Long.parseLong(masterOf(channel).cli("SPUBLISH", channel, payload));
    }

    private Optional<Node> findMaster(String key) {
        Optional<Node> any = running().findFirst();
        int slot = Integer.parseInt(any.orElseThrow().redis().cli("CLUSTER", "KEYSLOT", key));
        // Ask each node once: between two questions a master could be demoted, and count with the epoch of the new one.
        return running()
                .map(node -> new Claim(node, ownLine(node)))
                .filter(claim -> serves(claim.ownLine(), slot))
                .max(Comparator.comparingLong(Claim::epoch))
                .map(Claim::node);
    }

    /** A node's own description of itself. */
    private record Claim(Node node, String ownLine) {
        long epoch() {
            return Long.parseLong(columns(ownLine)[CONFIG_EPOCH]);
        }
    }

    private static boolean serves(String ownLine, int slot) {
        String[] columns = columns(ownLine);
        if (!flags(ownLine).contains("master")) {
            return false;
        }
        for (int i = FIRST_SLOTS; i < columns.length; i++) {
            String[] range = columns[i].split("-", 2);
            boolean isRange = !columns[i].startsWith("[");
            if (isRange && Integer.parseInt(range[0]) <= slot && slot <= Integer.parseInt(range[range.length - 1])) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMaster(Node node) {
        return flags(ownLine(node)).contains("master");
    }

    private Stream<Node> running() {
        return nodes.stream().filter(node -> view(node).isPresent());
    }

    private static Optional<String> view(Node node) {
        try {
            return node.redis().isRunning() ? Optional.of(node.redis().cli("CLUSTER", "NODES")) : Optional.empty();
        } catch (UncheckedIOException e) {
            return Optional.empty();
        }
    }

    private static String ownLine(Node node) {
        return node.redis()
                .cli("CLUSTER", "NODES")
                .lines()
                .filter(line -> flags(line).contains("myself"))
                .findFirst()
                .orElseThrow();
    }

    private static String flags(String line) {
        return columns(line)[FLAGS];
    }

    private static String[] columns(String line) {
        return line.split(" ", -1);
    }

    @Override
    public void close() {
        nodes.forEach(node -> node.redis().close());
    }
}

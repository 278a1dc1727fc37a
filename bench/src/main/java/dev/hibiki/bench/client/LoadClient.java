package dev.hibiki.bench.client;

import dev.hibiki.bench.measure.Integrity;
import dev.hibiki.bench.measure.PhaseStats;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** All clients. Its methods may be called by one thread, the scenario's; each answers when every loop has. */
public final class LoadClient implements AutoCloseable {
    private static final int MAX_UNDER_WAY = 128;

    private final List<ClientLoop> loops = new ArrayList<>();
    private final Target target;
    private final List<String> regions;
    private final int sourceAddresses;
    private final int[] sampledOfGroup;
    private int nextClient;

    /**
     * Starts the loops; no client connects yet.
     *
     * @param bulkThreads how many threads there are for the clients that are not sampled; those that are have one more
     * @param regions each client asks for one of them, in turn; empty when none asks for any
     * @param sourceAddresses how many addresses of 127/8 to come from, when the target is on this machine
     * @param sequenceBase the sequence of event number 0
     */
    public LoadClient(Target target, List<String> regions, int bulkThreads, int sourceAddresses, long sequenceBase)
            throws IOException {
        this.target = target;
        this.regions = List.copyOf(regions);
        this.sourceAddresses = sourceAddresses;
        List<byte[]> requests = new ArrayList<>();
        if (regions.isEmpty()) {
            requests.add(target.request(null));
        }
        regions.forEach(region -> requests.add(target.request(region)));
        sampledOfGroup = new int[requests.size()];
        for (int i = 0; i <= bulkThreads; i++) {
            DeliveryRecorder recorder = new DeliveryRecorder(sequenceBase, requests.size());
            String name = i == 0 ? "clients-sampled" : "clients-" + i;
            loops.add(new ClientLoop(name, target, requests, recorder, MAX_UNDER_WAY));
        }
        loops.forEach(ClientLoop::start);
    }

    /** Begins to open {@code count} clients, of which about {@code sampled} have their time stamps read. */
    public void open(Role role, int count, double perSecond, int sampled, long lifetimeNs) {
        List<List<ClientSpec>> specs = new ArrayList<>();
        loops.forEach(loop -> specs.add(new ArrayList<>()));
        int stride = sampled <= 0 ? Integer.MAX_VALUE : Math.max(1, count / sampled);
        int bulkLoops = loops.size() - 1;
        for (int i = 0; i < count; i++) {
            int group = i % groups();
            // Whole rounds through the groups are sampled, so that no group is left out.
            boolean read = sampled > 0 && i / groups() % stride == 0;
            sampledOfGroup[group] += read ? 1 : 0;
            int loop = read ? 0 : 1 + i % bulkLoops;
            InetSocketAddress local = target.source(nextClient + i, sourceAddresses);
            specs.get(loop).add(new ClientSpec(role, group, read, local, lifetimeNs, Long.MAX_VALUE));
        }
        nextClient += count;
        for (int l = 0; l < loops.size(); l++) {
            ClientLoop loop = loops.get(l);
            List<ClientSpec> own = specs.get(l);
            double perLoop = perSecond * own.size() / Math.max(1, count);
            if (!own.isEmpty()) {
                join(List.of(loop.call(() -> {
                    loop.ramp().add(own, perLoop, System.nanoTime());
                    return own;
                })));
            }
        }
    }

    /** How many sampled clients get the event {@code number}. */
    public int sampledOf(long number) {
        return sampledOfGroup[(int) (number % groups())];
    }

    /** From now on, clients that are not sampled are read at most once in this time. */
    public void gather(Duration time) {
        loops.subList(1, loops.size()).forEach(loop -> loop.gather(time));
    }

    /** How many groups of clients get different events: the regions, or one. */
    public int groups() {
        return Math.max(1, regions.size());
    }

    /** From now on, events numbered {@code first} and up are measured. */
    public void beginPhase(long first) {
        all(loop -> loop.recorder().switchPhase(first));
    }

    /** What the phase was; later deliveries are not in it. */
    public List<PhaseStats> endPhase() {
        return all(loop -> loop.recorder().switchPhase(Long.MAX_VALUE));
    }

    /** Deliveries to measured clients in the present phase. */
    public long phaseDeliveries() {
        return all(loop -> loop.recorder().phase().deliveries()).stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Looks at the measured clients after {@code published} events. */
    public Integrity integrity(long published) {
        List<Integrity> parts = all(loop -> {
            Integrity sum = Integrity.NONE.plusForeign(loop.recorder().foreign());
            for (Connection connection : loop.lasting()) {
                if (connection.role() == Role.STEADY) {
                    sum = sum.plus(connection.tracker(), eventsOf(connection.region(), published));
                }
            }
            return sum;
        });
        return parts.stream().reduce(Integrity.NONE, Integrity::plus);
    }

    /** Makes the clients that may stall stop reading, or go on. */
    public void stall(boolean stalled) {
        all(loop -> {
            loop.lasting().stream().filter(c -> c.role() == Role.STALLED).forEach(c -> c.reading(!stalled));
            return stalled;
        });
    }

    /** Forgets clients that were not opened yet. */
    public void cancelOpening() {
        all(loop -> {
            loop.ramp().clear();
            return loop;
        });
    }

    /** From the first packet to the end of the handshake, of every client so far. */
    public Histogram connectTimes() {
        Histogram sum = PhaseStats.newHistogram();
        all(loop -> loop.connectNs().copy()).forEach(sum::add);
        return sum;
    }

    public long opened() {
        return sum(ClientLoop::openedCount);
    }

    /** Clients that did not get in. */
    public long refused() {
        return sum(ClientLoop::refusedCount);
    }

    /** Clients that the server, or the network, dropped. */
    public long lost() {
        return sum(ClientLoop::lostCount);
    }

    public long messages() {
        return sum(loop -> loop.recorder().totalMessages());
    }

    public long bytes() {
        return sum(loop -> loop.recorder().totalBytes());
    }

    public @Nullable String firstFailure() {
        for (ClientLoop loop : loops) {
            String failure = loop.firstFailure();
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    @Override
    public void close() {
        loops.forEach(ClientLoop::stop);
        for (ClientLoop loop : loops) {
            try {
                loop.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** How many of the events 0 to {@code published} belong to a group: each group has every groups()-th one. */
    private long eventsOf(int group, long published) {
        return (published - group + groups() - 1) / groups();
    }

    private long sum(ToLongFunction<ClientLoop> counter) {
        return loops.stream().mapToLong(counter).sum();
    }

    private <T> List<T> all(Function<ClientLoop, T> task) {
        return join(
                loops.stream().map(loop -> loop.call(() -> task.apply(loop))).toList());
    }

    private static <T> List<T> join(List<CompletableFuture<T>> futures) {
        List<T> results = new ArrayList<>();
        futures.forEach(future -> results.add(future.join()));
        return Collections.unmodifiableList(results);
    }
}

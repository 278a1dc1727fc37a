package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random schedules against a model. Two gateways get the same events, some of which share their ids; they are restarted. Clients
 * read a part, disconnect, and come back to one or the other. The model of a client is the list of all events of its channels.
 */
class ResumeModelTest {
    private static final int SCHEDULES = 1_000;
    private static final int STEPS = 120;
    private static final String[] CHANNELS = {"a", "b", "c"};

    private record Published(String channel, String id, String name) {}

    private static final class Schedule implements AutoCloseable {
        private final Random random;
        private final TestHub[] gateways = {newGateway(), newGateway()};
        /** How many events were published before each gateway started. */
        private final int[] startedAfter = new int[2];

        private final List<Published> published = new ArrayList<>();
        private final List<Client> clients = new ArrayList<>();

        private Schedule(Random random, boolean idPerChannel) {
            this.random = random;
            for (int i = 0; i < 3; i++) {
                String[] shuffled = CHANNELS.clone();
                Collections.shuffle(Arrays.asList(shuffled), random);
                clients.add(new Client(this, List.of(shuffled).subList(0, 1 + random.nextInt(3)), idPerChannel));
            }
        }

        private static TestHub newGateway() {
            TestHub gateway = new TestHub(1, LogLimits.retaining(1L << 30), CHANNELS);
            TestProgress streams = new TestProgress("order");
            streams.loaded = true;
            streams.isTimed = true;
            gateway.hub.channels().entries().forEach(entry -> gateway.hub.follow(entry, streams));
            return gateway;
        }

        private void run() {
            for (int i = 0; i < STEPS; i++) {
                step();
            }
            clients.forEach(client -> {
                client.connect(random.nextInt(2));
                client.read(Integer.MAX_VALUE);
                client.check();
            });
        }

        private void step() {
            switch (random.nextInt(10)) {
                case 0, 1 -> publish(randomChannel(), "id" + published.size());
                case 2, 3 -> publishAtOneTime(published.size());
                case 4 -> publish(randomChannel(), recentId());
                case 5, 6, 7 -> randomClient().read(1 + random.nextInt(4));
                case 8 -> randomClient().connect(random.nextInt(2));
                default -> {
                    if (random.nextInt(8) == 0) {
                        restart(random.nextInt(2));
                    } else {
                        randomClient().leave();
                    }
                }
            }
        }

        /** Several entries of one millisecond. Each channel has its own in order; gateways may order the channels as they like. */
        private void publishAtOneTime(int ms) {
            List<List<Published>> byChannel = new ArrayList<>();
            for (String channel : CHANNELS) {
                List<Published> entries = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    entries.add(record(channel, ms + "-" + entries.size()));
                }
                byChannel.add(entries);
            }
            for (TestHub gateway : gateways) {
                int[] next = new int[CHANNELS.length];
                for (int left = byChannel.stream().mapToInt(List::size).sum(); left > 0; ) {
                    int channel = random.nextInt(CHANNELS.length);
                    if (next[channel] < byChannel.get(channel).size()) {
                        publish(gateway, byChannel.get(channel).get(next[channel]++));
                        left--;
                        if (random.nextInt(3) == 0) {
                            randomClient().read(1); // Perhaps it sees one of them, and not the others.
                        }
                    }
                }
            }
        }

        private void publish(String channel, String id) {
            Published event = record(channel, id);
            for (TestHub gateway : gateways) {
                publish(gateway, event);
            }
        }

        private Published record(String channel, String id) {
            Published event = new Published(channel, id, channel + published.size());
            published.add(event);
            return event;
        }

        private static void publish(TestHub gateway, Published event) {
            gateway.publishNamed(event.channel(), event.id(), event.name());
        }

        private void restart(int index) {
            clients.stream().filter(client -> client.gateway == index).forEach(Client::leave);
            gateways[index].close();
            gateways[index] = newGateway();
            startedAfter[index] = published.size();
        }

        /** True when the gateway has a later event with this id, but not the earlier one that the client may have seen. */
        private boolean hidesAPlace(int gateway, String id) {
            List<Integer> places = IntStream.range(0, published.size())
                    .filter(i -> published.get(i).id().equals(id))
                    .boxed()
                    .toList();
            return places.get(0) < startedAfter[gateway] && places.get(places.size() - 1) >= startedAfter[gateway];
        }

        private String recentId() {
            return published.isEmpty()
                    ? "first"
                    : published
                            .get(Math.max(0, published.size() - 1 - random.nextInt(6)))
                            .id();
        }

        private String randomChannel() {
            return CHANNELS[random.nextInt(CHANNELS.length)];
        }

        private Client randomClient() {
            return clients.get(random.nextInt(clients.size()));
        }

        @Override
        public void close() {
            clients.forEach(Client::leave);
            for (TestHub gateway : gateways) {
                gateway.close();
            }
        }
    }

    private static final class Client {
        private final Schedule schedule;
        private final List<String> channels;
        private final boolean idPerChannel;
        /** Names of events, with how often each was seen, in the order in which they were seen first. */
        private final Map<String, Integer> seen = new LinkedHashMap<>();

        private final Map<String, String> lastIds = new HashMap<>();
        private @Nullable String lastId;
        /** The events up to here, as numbers in the order of publication, need not be seen. */
        private int excused;

        private boolean wasAmbiguous;
        private int gateway = -1;
        private @Nullable TestSubscriber connection;

        private Client(Schedule schedule, List<String> channels, boolean idPerChannel) {
            this.schedule = schedule;
            this.channels = channels;
            this.idPerChannel = idPerChannel;
        }

        private void connect(int to) {
            leave();
            gateway = to;
            TestHub hub = schedule.gateways[to];
            TestSubscriber fresh = new TestSubscriber();
            fresh.busy = true;
            fresh.maxBytes = 1; // One frame at a time.
            List<Topic> topics =
                    channels.stream().map(channel -> hub.acquire(channel, null)).toList();
            fresh.reads(topics);
            List<String> ids = ids();
            wasAmbiguous |= ids.stream().anyMatch(this::isAmbiguous);
            JoinResult start = Objects.requireNonNull(hub.shard(0)
                    .join(fresh.enter(hub.shard(0)), topics, ids, Long.MAX_VALUE, JoinResult.Listener.NONE));
            connection = fresh;
            boolean unknowable = ids.stream().anyMatch(id -> schedule.hidesAPlace(to, id));
            if (unknowable || start.resumed() != ResumeOutcome.OK) {
                excused = schedule.published.size();
            }
            if (start.lastId() != null) {
                lastId = start.lastId();
            }
        }

        private List<String> ids() {
            if (idPerChannel) {
                return List.copyOf(new HashSet<>(lastIds.values()));
            }
            return lastId == null ? List.of() : List.of(lastId);
        }

        /** Another event has this id, or is of another channel and of the same time. */
        private boolean isAmbiguous(String id) {
            String time = id.substring(0, id.indexOf('-') + 1);
            List<Published> events = schedule.published.stream()
                    .filter(event -> channels.contains(event.channel()))
                    .filter(event -> event.id().equals(id)
                            || (!time.isEmpty() && event.id().startsWith(time)))
                    .toList();
            return events.stream().map(Published::channel).distinct().count() > 1
                    || events.stream().filter(event -> event.id().equals(id)).count() > 1;
        }

        private void read(int max) {
            for (int i = 0; i < max && connection != null; i++) {
                String frame = connection.pollOnce();
                if (frame == null) {
                    return;
                }
                connection.subscription().sent();
                saw(frame.substring(0, frame.length() - 1));
            }
        }

        private void saw(String name) {
            Published event = schedule.published.get(Integer.parseInt(name.substring(1)));
            seen.merge(name, 1, Integer::sum);
            lastId = event.id();
            lastIds.put(event.channel(), event.id());
        }

        private void leave() {
            if (connection != null) {
                connection.leave();
                connection = null;
            }
        }

        private void check() {
            List<Published> due = IntStream.range(0, schedule.published.size())
                    .mapToObj(schedule.published::get)
                    .filter(event -> channels.contains(event.channel()))
                    .toList();
            Set<String> lost = new HashSet<>();
            for (Published event : due) {
                int number = Integer.parseInt(event.name().substring(1));
                if (number >= excused && !seen.containsKey(event.name())) {
                    lost.add(event.name());
                }
            }
            assertThat(lost).as("lost and not told").isEmpty();
            if (!wasAmbiguous) {
                assertThat(seen.values()).as("times that each was seen").allMatch(times -> times == 1);
            }
            if (!wasAmbiguous && !idPerChannel) { // An id of a channel may be older than a gap of all channels.
                for (String channel : channels) {
                    assertThat(seen.keySet().stream()
                                    .filter(name -> name.startsWith(channel))
                                    .map(name -> Integer.parseInt(name.substring(1)))
                                    .toList())
                            .isSorted();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLoseNothingThatIsNotTold(boolean idPerChannel) {
        for (int seed = 0; seed < SCHEDULES; seed++) {
            try (Schedule schedule = new Schedule(new Random(seed), idPerChannel)) {
                schedule.run();
            } catch (AssertionError e) {
                throw new AssertionError("schedule " + seed + ": " + e.getMessage(), e);
            }
        }
    }
}

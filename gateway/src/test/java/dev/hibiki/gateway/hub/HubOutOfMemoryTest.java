package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.event.Event;
import dev.hibiki.gateway.hub.log.LogLimits;
import dev.hibiki.gateway.hub.log.LogMemory;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.wire.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whichever allocation fails: no subscriber misses an event without a notice in its place, and the hub goes on. */
class HubOutOfMemoryTest {
    private static final List<String> ROUTES = List.of("JP", "KR");
    private static final int EVENTS = 24;
    /** The number of an event that never comes, as the source says. */
    private static final int LOST_BEFORE = 7;
    /** After this event another client comes. */
    private static final int JOINED = 12;

    private final FailingAllocator allocator = new FailingAllocator();
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final WireFormat plain = format(true);
    private final WireFormat copying = format(true);
    private final WireFormat encoding = format(false);
    private final List<Reader> readers = new ArrayList<>();
    private Hub hub = newHub();

    private WireFormat format(boolean readsPlainFrames) {
        return new WireFormat() {
            @Override
            public void encode(Event event, ByteBuf out) {
                allocator.ask();
                TestHub.encode(event, out);
            }

            @Override
            public void encodeGap(String channel, long missed, ByteBuf out) {
                allocator.ask();
                TestHub.FORMAT.encodeGap(channel, missed, out);
            }

            @Override
            public boolean readsPlainFrames() {
                return readsPlainFrames;
            }
        };
    }

    private Hub newHub() {
        return new Hub(
                new ChannelTable(List.of("ch", "pat.*")),
                plain,
                new LogLimits(1 << 20, 16, 32),
                new LogMemory(allocator, Long.MAX_VALUE, Long.MAX_VALUE),
                List.of(loop.eventLoop()),
                metrics::newLoopCounters);
    }

    @AfterEach
    void close() {
        loop.finishAndReleaseAll();
        metrics.close();
    }

    /** A subscriber, and the numbers of the events that it is to read. */
    private record Reader(TestSubscriber subscriber, List<Integer> asked) {
        List<Integer> events() {
            return subscriber.received().stream()
                    .filter(frame -> !frame.startsWith("gap"))
                    .map(Integer::valueOf)
                    .toList();
        }

        /** The events that it lacks without a notice between its neighbours. */
        List<Integer> untold() {
            List<Integer> silent = new ArrayList<>();
            boolean told = false;
            int next = 0;
            for (String frame : subscriber.received()) {
                if (frame.startsWith("gap")) {
                    told = true;
                    continue;
                }
                int at = asked.indexOf(Integer.parseInt(frame));
                assertThat(at).as("the order of %s", subscriber.received()).isGreaterThanOrEqualTo(next);
                if (at > next && !told) {
                    silent.addAll(asked.subList(next, at));
                }
                next = at + 1;
                told = false;
            }
            if (next < asked.size() && !told) {
                silent.addAll(asked.subList(next, asked.size()));
            }
            return silent;
        }
    }

    private static List<Integer> numbers(int from, @Nullable String route) {
        return IntStream.range(from, EVENTS)
                .filter(number -> route == null || route(number).equals(route))
                .boxed()
                .toList();
    }

    private static String route(int number) {
        return ROUTES.get(number / 2 % ROUTES.size());
    }

    private void subscribe(@Nullable String route, WireFormat format, int from) {
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.readsNotices = true;
        subscriber.enter(hub.shards().get(0), List.of(hub.acquire("pat.a", route, format)));
        readers.add(new Reader(subscriber, numbers(from, route)));
    }

    private void publish(int number) {
        ChannelSpec entry = hub.channels().entries().get(1);
        if (number == LOST_BEFORE) {
            hub.gap(entry, 1);
        } else {
            hub.publish(entry, "pat.a", TestHub.event(Integer.toString(number), route(number)));
        }
    }

    private void run() {
        while (loop.hasPendingTasks()) {
            loop.runPendingTasks();
        }
        loop.checkException();
    }

    /** Events come to readers in several formats, and the memory is used up in between. @return the number of allocations */
    private int scene(int failFrom, int times) {
        hub = newHub();
        readers.clear();
        for (WireFormat format : List.of(plain, copying)) {
            subscribe(null, format, 0);
            subscribe("JP", format, 0);
        }
        allocator.failFrom(failFrom, times);
        for (int number = 0; number < EVENTS - 1; number++) {
            publish(number);
            if (number == JOINED) {
                try {
                    subscribe(null, encoding, JOINED + 1);
                } catch (OutOfMemoryError e) {
                    // This client is refused.
                }
            }
            run(); // Nobody is behind when old events go.
        }
        int allocations = allocator.asked();
        allocator.failFrom(Integer.MAX_VALUE - times, times);
        publish(EVENTS - 1);
        run();
        return allocations;
    }

    private void end() {
        readers.forEach(reader -> reader.subscriber.leave());
        run();
        hub.close();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    /** A client comes back with the id of each event. */
    private void resumeEverywhere(WireFormat format) {
        for (int last = 0; last < EVENTS - 1; last++) {
            TestSubscriber subscriber = new TestSubscriber();
            subscriber.readsNotices = true;
            Topic topic = hub.acquire("pat.a", null, format);
            subscriber.reads(List.of(topic));
            Subscription opened = subscriber.enter(hub.shards().get(0));
            JoinResult start = hub.shards()
                    .get(0)
                    .join(
                            opened,
                            List.of(topic),
                            List.of(Integer.toString(last)),
                            Long.MAX_VALUE,
                            JoinResult.Listener.NONE);
            subscriber.readAll();
            boolean told = start != null && start.resumed() == ResumeOutcome.GAP;
            if (!told) {
                assertThat(new Reader(subscriber, numbers(last + 1, null)).untold())
                        .as("after %s: %s", last, subscriber.received())
                        .isEmpty();
            }
            subscriber.leave();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 20})
    void shouldTellWhatIsLostWhicheverAllocationsFail(int times) {
        int allocations = scene(Integer.MAX_VALUE - times, times);
        assertThat(readers)
                .hasSize(5)
                .allSatisfy(reader -> assertThat(reader.events())
                        .containsExactlyElementsOf(reader.asked.stream()
                                .filter(number -> number != LOST_BEFORE)
                                .toList()));
        end();

        int lost = 0;
        for (int failing = 0; failing < allocations; failing++) {
            scene(failing, times);
            for (Reader reader : readers) {
                assertThat(reader.untold())
                        .as("from allocation %s on, %s", failing, reader.subscriber.received())
                        .isEmpty();
                lost += (int) reader.subscriber.received().stream()
                        .filter(frame -> frame.startsWith("gap"))
                        .count();
            }
            resumeEverywhere(plain);
            resumeEverywhere(encoding);
            end();
        }
        assertThat(lost).isGreaterThan(readers.size() * allocations / 2);
    }
}

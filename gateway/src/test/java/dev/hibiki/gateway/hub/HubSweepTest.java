package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.testing.LongRun;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sweep reaches more subscribers than one chunk visits. */
class HubSweepTest {
    private static final int SUBSCRIBERS = 3_000;

    static LongStream seeds() {
        return LongRun.seeds(4, 300);
    }

    private final TestHub test = new TestHub();
    /** All subscribers, and how many events had been published when each joined. */
    private final Map<TestSubscriber, Integer> joinedAfter = new HashMap<>();

    private final List<TestSubscriber> inside = new ArrayList<>();
    private int published;

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private void publish() {
        test.publish(Integer.toString(++published));
    }

    private TestSubscriber join() {
        TestSubscriber subscriber = test.subscribe("ch");
        joinedAfter.put(subscriber, published);
        inside.add(subscriber);
        return subscriber;
    }

    private void leave(int index) {
        TestSubscriber last = inside.remove(inside.size() - 1);
        TestSubscriber gone = index == inside.size() ? last : inside.set(index, last);
        gone.leave();
    }

    private void requireThatAllGotEverything() {
        for (TestSubscriber subscriber : inside) {
            int after = joinedAfter.getOrDefault(subscriber, -1);
            assertThat(subscriber.received())
                    .isEqualTo(IntStream.rangeClosed(after + 1, published)
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }

    @Test
    void shouldReachEverySubscriberOnce() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            join();
        }
        for (int i = 0; i < 5; i++) {
            publish();
            test.run();
        }

        requireThatAllGotEverything();
        assertThat(inside).allMatch(subscriber -> subscriber.told == 5);
        assertThat(test.counters().sweeps()).isEqualTo(5);
        assertThat(test.counters().deliveries()).isEqualTo(5L * SUBSCRIBERS);
    }

    @Test
    void shouldNotStartEachSweepWithTheSameSubscriber() {
        List<TestSubscriber> firsts = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            TestSubscriber subscriber = join();
            subscriber.onEvents = () -> {
                if (inside.stream().mapToInt(one -> one.told).sum() % 10 == 1) {
                    firsts.add(subscriber);
                }
            };
        }
        for (int i = 0; i < 10; i++) {
            publish();
            test.run();
        }

        assertThat(firsts).hasSize(10).doesNotHaveDuplicates();
    }

    @Test
    void shouldReadUpToTheNewestEventWhenMoreArriveDuringASweep() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            int number = i;
            TestSubscriber subscriber = join();
            subscriber.onEvents = () -> {
                if (number % 700 == 0 && published < 50) {
                    publish();
                }
            };
        }
        publish();
        test.run();

        assertThat(published).isEqualTo(50);
        requireThatAllGotEverything();
    }

    @Test
    void shouldLetTheLoopDoOtherWorkBetweenChunks() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            join();
        }
        List<Long> toldBefore = new ArrayList<>();
        Runnable otherWork = () -> toldBefore.add(
                inside.stream().filter(subscriber -> subscriber.told > 0).count());
        inside.get(inside.size() / 2).onEvents = () -> test.shard(0).loop().execute(otherWork);
        publish();
        test.run();

        assertThat(toldBefore)
                .singleElement()
                .satisfies(told -> assertThat(told).isPositive().isLessThan(SUBSCRIBERS));
        requireThatAllGotEverything();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void shouldReachEachSubscriberOnceWhileOthersJoinAndLeave(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < SUBSCRIBERS; i++) {
            join();
        }
        int[] actions = {0};
        Runnable disturbance = () -> {
            if (random.nextInt(50) == 0 && actions[0]++ < 2_000) {
                int size = inside.size();
                switch (random.nextInt(5)) {
                    case 0, 1 -> leave(random.nextInt(size));
                    case 2 -> leave(size - 1);
                    case 3 -> join();
                    default -> publish();
                }
            }
        };
        inside.forEach(subscriber -> subscriber.onEvents = disturbance);
        for (int round = 0; round < 8; round++) {
            publish();
            test.run();
            requireThatAllGotEverything();
        }
        assertThat(actions[0]).isGreaterThan(100);
    }

    /** The last subscriber takes the place of one that leaves, and the sweep may have passed that place. */
    @Test
    void shouldReachASubscriberThatMovesToAPlaceBehindTheSweep() {
        List<TestSubscriber> told = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            TestSubscriber subscriber = join();
            subscriber.onEvents = () -> {
                told.add(subscriber);
                if (told.size() == 4) {
                    leave(inside.indexOf(told.get(0)));
                    leave(inside.indexOf(told.get(1)));
                }
            };
        }
        publish();
        test.run();

        assertThat(told).hasSize(10);
        requireThatAllGotEverything();
    }

    @Test
    void shouldGoOnAfterAllSubscribersLeaveDuringASweep() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            join();
        }
        int[] told = {0};
        inside.forEach(subscriber -> subscriber.onEvents = () -> {
            if (++told[0] == 1_500) {
                while (!inside.isEmpty()) {
                    leave(0);
                }
            }
        });
        publish();
        test.run();
        join();
        publish();
        test.run();

        assertThat(told[0]).isEqualTo(1_500);
        requireThatAllGotEverything();
    }

    /** A busy channel with many subscribers may get events faster than one round over them takes. */
    @Test
    void shouldReachAQuietTopicWhileABusyOneAlwaysHasEvents() {
        TestSubscriber quiet = test.subscribe(test.topic("JP"));
        int[] publishedWhenTold = {0};
        quiet.onEvents = () -> publishedWhenTold[0] = published;
        for (int i = 0; i < SUBSCRIBERS; i++) {
            int number = i;
            join().onEvents = () -> {
                if (number % 700 == 0 && published < 100) {
                    test.publish("ch", Integer.toString(++published), published == 10 ? "JP" : null);
                }
            };
        }
        publish();
        test.run();

        assertThat(published).isEqualTo(100);
        assertThat(publishedWhenTold[0]).isBetween(10, 20);
        requireThatAllGotEverything();
    }
}

package dev.hibiki.gateway.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.hub.log.LogLimits;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A subscriber to several topics gets their events in the order of publication. */
class HubMergeTest {
    private static final int ROUTES = 12;
    /** The segments are small, so that runs also end at their borders. */
    private final TestHub test = new TestHub(1, new LogLimits(1L << 30, 64, 256), "ch", "other", "pat.*");

    @AfterEach
    void shouldHaveGivenBackAllMemory() {
        test.close();
        assertThat(test.memory()).isZero();
    }

    private Topic[] routes(int... routes) {
        return IntStream.of(routes).mapToObj(route -> test.topic("R" + route)).toArray(Topic[]::new);
    }

    @Test
    void shouldGiveConsecutiveEventsOfOneTopicAsOneRun() {
        TestSubscriber subscriber = test.subscribe(routes(0, 1));
        subscriber.busy = true;
        for (String event : List.of("1R0", "2R0", "3R1", "4R9", "5R1", "6R0")) {
            test.publish("ch", event, event.substring(1));
        }
        test.run();

        assertThat(subscriber.pollOnce()).isEqualTo("1R0;2R0;");
        assertThat(subscriber.pollOnce()).isEqualTo("3R1;5R1;");
        assertThat(subscriber.pollOnce()).isEqualTo("6R0;");
        assertThat(subscriber.pollOnce()).isNull();
    }

    @Test
    void shouldKeepTheBudgetWithinARun() {
        TestSubscriber subscriber = test.subscribe(routes(0, 1));
        subscriber.busy = true;
        subscriber.maxBytes = 5;
        for (int i = 1; i <= 3; i++) {
            test.publish("ch", Integer.toString(i), "R0");
        }
        test.run();

        assertThat(subscriber.pollOnce()).isEqualTo("1;2;");
        assertThat(subscriber.pollOnce()).isEqualTo("3;");
    }

    @Test
    void shouldMergeAcrossChannels() {
        TestSubscriber subscriber = test.subscribe(test.acquire("other", null), test.topic(null));
        for (int i = 1; i <= 9; i++) {
            test.publish(i % 3 == 0 ? "other" : "ch", Integer.toString(i), null);
        }
        test.run();

        assertThat(subscriber.received()).containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void shouldKeepPublicationOrderForEverySelectionAndPace(long seed) {
        Random random = new Random(seed);
        List<TestSubscriber> subscribers = new ArrayList<>();
        List<List<Integer>> selections = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            List<Integer> selection = IntStream.range(0, ROUTES)
                    .filter(route -> random.nextInt(3) == 0)
                    .boxed()
                    .toList();
            selections.add(selection);
            subscribers.add(test.subscribe(
                    routes(selection.stream().mapToInt(Integer::intValue).toArray())));
            subscribers.get(i).maxBytes = 1 + random.nextInt(60);
        }
        List<Integer> routeOf = new ArrayList<>();
        for (int id = 0; id < 1_000; id++) {
            int route = random.nextInt(ROUTES);
            routeOf.add(route);
            test.publish("ch", Integer.toString(id), "R" + route);
            subscribers.forEach(subscriber -> subscriber.busy = random.nextInt(3) > 0);
            if (random.nextInt(4) == 0) {
                test.run();
            }
        }
        test.run();
        for (int i = 0; i < subscribers.size(); i++) {
            List<Integer> selection = selections.get(i);
            subscribers.get(i).readAll();
            assertThat(subscribers.get(i).received())
                    .isEqualTo(IntStream.range(0, 1_000)
                            .filter(id -> selection.contains(routeOf.get(id)))
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }

    @Test
    void shouldDeliverToThePatternAndToTheConcreteChannel() {
        TestSubscriber pattern = test.subscribe("pat.*");
        TestSubscriber concrete = test.subscribe("pat.a");
        TestSubscriber route = test.subscribe(test.acquire("pat.a", "JP"));
        TestSubscriber patternRoute = test.subscribe(test.acquire("pat.*", "JP"));
        test.publish("pat.a", "1", "JP");
        test.publish("pat.b", "2", "JP");
        test.publish("pat.a", "3", null);
        test.run();

        assertThat(pattern.received()).containsExactly("1", "2", "3");
        assertThat(concrete.received()).containsExactly("1", "3");
        assertThat(route.received()).containsExactly("1");
        assertThat(patternRoute.received()).containsExactly("1", "2");
    }

    @Test
    void shouldDeliverAnEventOfAChannelNamedLikeThePatternOnce() {
        TestSubscriber pattern = test.subscribe("pat.*");
        TestSubscriber route = test.subscribe(test.acquire("pat.*", "JP"));
        test.publish("pat.*", "1", "JP");
        test.run();

        assertThat(pattern.received()).containsExactly("1");
        assertThat(route.received()).containsExactly("1");
    }

    @Test
    void shouldJoinAllTopicsAtOnePointInTime() {
        List<Topic> topics = List.of(test.topic("A"), test.topic("B"));
        List<Topic> whileEventsCome = new AbstractList<>() {
            @Override
            public Topic get(int index) {
                if (index == 1) {
                    test.publish("ch", "1", "A");
                    test.publish("ch", "2", "B");
                }
                return topics.get(index);
            }

            @Override
            public int size() {
                return topics.size();
            }
        };
        TestSubscriber subscriber = new TestSubscriber();
        subscriber.enter(test.shard(0), whileEventsCome);
        test.publish("ch", "3", "A");
        test.run();

        assertThat(subscriber.received()).isIn(List.of("3"), List.of("1", "2", "3"));
        subscriber.leave();
    }
}

package dev.hibiki.gateway.session;

import java.util.Map;
import java.util.TreeMap;

/** Counts what happened in all schedules of a path, to show that they reach what they are for. Confined to the thread of the test. */
final class Tally {
    private final Map<String, Integer> counts = new TreeMap<>();

    void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    Map<String, Integer> counts() {
        return counts;
    }
}

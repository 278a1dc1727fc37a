package dev.hibiki.bench.report;

import java.util.List;
import java.util.Map;

/** All figures of a run: what the JSON file holds. */
public record RunResult(
        int format,
        String label,
        String scenario,
        String startedAt,
        Map<String, String> machine,
        Map<String, String> options,
        Connect connect,
        List<Phase> phases,
        Losses losses,
        List<Second> timeline,
        List<String> notes) {
    public static final int FORMAT = 1;
}

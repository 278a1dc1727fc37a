package dev.hibiki.gateway.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Finds the expressions in {@code scripts/monitoring} and the metrics that they name. Stateless. */
final class MonitoringFiles {
    /** The metrics that Prometheus itself makes for each target. */
    private static final Set<String> OF_PROMETHEUS = Set.of("up");

    private static final Pattern RULE = Pattern.compile("(?m)^ *- *\\{? *\"?(alert|record)\"?:");
    private static final Pattern EXPRESSION =
            Pattern.compile("(?m)^( *)expr: (?:[>|]-?\\n((?:\\1 +\\S.*\\n?)+)|([^\\s>|\"'].*))$?");
    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), *\\w+\\)");

    private MonitoringFiles() {}

    /** The expressions of alerts and recording rules in this YAML, one for each rule. */
    static List<String> rules(String yaml) {
        List<String> expressions = EXPRESSION
                .matcher(yaml)
                .results()
                .map(found -> found.group(2) == null ? found.group(3) : found.group(2))
                .map(text -> text.strip().replaceAll("\\n +", "\n"))
                .toList();
        long rules = RULE.matcher(yaml).results().count();
        if (rules != expressions.size()) {
            throw new IllegalArgumentException(rules + " rules, but " + expressions.size() + " readable expressions");
        }
        return expressions;
    }

    /** All values of {@code expr} in the dashboard, and the queries of its variables. */
    static List<String> dashboard(String json) {
        List<String> expressions = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                String name = String.valueOf(parser.currentName());
                if (token == JsonToken.VALUE_STRING && name.equals("expr")) {
                    expressions.add(parser.getString());
                } else if (token == JsonToken.VALUE_STRING
                        && Set.of("query", "definition").contains(name)) {
                    String query = parser.getString();
                    if (!query.equals("prometheus")) {
                        expressions.add(ofVariable(query));
                    }
                }
            }
        }
        return expressions;
    }

    private static String ofVariable(String query) {
        Matcher matcher = LABEL_VALUES.matcher(query);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("Not label_values(expression, label): " + query);
        }
        return matcher.group(1);
    }

    /** The names that are not in this answer of {@code /metrics}, each with an expression that uses it. */
    static Map<String, String> unknown(List<String> expressions, String metrics) {
        Set<String> known = metrics.lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.replaceFirst("[{ ].*", ""))
                .collect(Collectors.toSet());
        Map<String, String> unknown = new TreeMap<>();
        for (String expression : expressions) {
            for (String name : PromQl.metricNames(expression)) {
                if (!known.contains(name) && !OF_PROMETHEUS.contains(name)) {
                    unknown.put(name, expression);
                }
            }
        }
        return unknown;
    }
}

package dev.hibiki.gateway.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Finds the names of metrics in an expression of Prometheus's query language. Confined to its caller.
 *
 * <p>It looks only at words. A word in a selector's braces or a list of labels, an operator or a function of this list is not a
 * name; any other word is. It refuses unknown syntax, so that it misses no name.
 */
final class PromQl {
    private static final Pattern TOKEN = Pattern.compile("(?<blank>\\s+|#[^\\n]*)"
            + "|(?<string>\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`[^`]*`)"
            + "|(?<variable>\\$\\w+|\\$\\{\\w+})"
            + "|(?<number>\\.?\\d[\\w.]*)"
            + "|(?<word>[a-zA-Z_:][\\w:]*)"
            + "|(?<sign>[-+*/%^=!<>~(){}\\[\\],@:])");

    private static final Set<String> LABEL_LISTS =
            Set.of("by", "without", "on", "ignoring", "group_left", "group_right");
    private static final Set<String> OPERATORS =
            Set.of("and", "or", "unless", "bool", "offset", "inf", "nan", "group_left", "group_right");
    private static final Set<String> AGGREGATIONS =
            Set.of("sum", "min", "max", "avg", "count", "topk", "bottomk", "quantile");
    private static final Set<String> FUNCTIONS =
            Set.of("rate", "increase", "changes", "histogram_quantile", "absent", "clamp_min", "deriv", "time");

    private final String expression;
    private final List<String> tokens;
    private final Set<String> names = new TreeSet<>();
    private int at;

    private PromQl(String expression) {
        this.expression = expression;
        tokens = tokens(expression);
    }

    /** Throws an {@link IllegalArgumentException} when the expression may hide a name. */
    static Set<String> metricNames(String expression) {
        PromQl query = new PromQl(expression);
        while (query.at < query.tokens.size()) {
            query.step(query.tokens.get(query.at++));
        }
        return query.names;
    }

    private static List<String> tokens(String expression) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(expression);
        int end = 0;
        while (end < expression.length() && matcher.find(end) && matcher.start() == end) {
            if (matcher.group("blank") == null) {
                tokens.add(matcher.group());
            }
            end = matcher.end();
        }
        if (end < expression.length()) {
            throw new IllegalArgumentException("Cannot read " + expression.substring(end) + " in " + expression);
        }
        return tokens;
    }

    private void step(String token) {
        if (token.equals("{")) {
            skipSelector();
        } else if (token.equals("[")) {
            skipTo("]");
        } else if (isWord(token)) {
            word(token);
        }
    }

    private void word(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        boolean called = peek().equals("(");
        if (LABEL_LISTS.contains(lower) && called) {
            skipTo(")");
        } else if (OPERATORS.contains(lower)) {
            return;
        } else if (called ? AGGREGATIONS.contains(lower) || FUNCTIONS.contains(lower) : isAggregationBy(lower)) {
            return;
        } else if (called) {
            throw new IllegalArgumentException("Unknown function " + word + " in " + expression);
        } else {
            names.add(word);
        }
    }

    private boolean isAggregationBy(String word) {
        return AGGREGATIONS.contains(word) && Set.of("by", "without").contains(peek());
    }

    /** Accepts only {@code label="value"} pairs, because a name as a label or in quotes would be missed. */
    private void skipSelector() {
        int from = at;
        skipTo("}");
        String inside = tokens.subList(from, at - 1).stream().map(PromQl::kind).collect(Collectors.joining());
        if (!inside.matches("(w[=!~]{1,2}s(,w[=!~]{1,2}s)*,?)?")
                || tokens.subList(from, at).contains("__name__")) {
            throw new IllegalArgumentException("Not only labels between { and } in " + expression);
        }
    }

    private static String kind(String token) {
        return isWord(token) ? "w" : "\"'`".indexOf(token.charAt(0)) >= 0 ? "s" : token;
    }

    private void skipTo(String closing) {
        while (!peek().equals(closing)) {
            if (peek().isEmpty()) {
                throw new IllegalArgumentException("Missing " + closing + " in " + expression);
            }
            at++;
        }
        at++;
    }

    private String peek() {
        return at < tokens.size() ? tokens.get(at) : "";
    }

    private static boolean isWord(String token) {
        return token.matches("[a-zA-Z_:][\\w:]*") && !token.equals(":");
    }
}

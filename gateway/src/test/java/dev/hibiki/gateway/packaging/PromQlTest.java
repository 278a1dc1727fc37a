package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromQlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "wrong_total",
                "up == 0 or wrong_total > 1",
                "sum(wrong_total)",
                "sum by (instance, le) (rate(wrong_total{a=\"}\", b!~'x'}[5m] offset 1h))",
                "sum(rate(wrong_total[$__rate_interval])) by (instance)",
                "up{} / on (instance) group_left (version) wrong_total",
                "up # a comment\n* wrong_total",
                "1 - -wrong_total",
                "topk(3, wrong_total)",
                "up[5m:1m] unless wrong_total",
                "up>bool wrong_total",
                "histogram_quantile(0.99,rate(wrong_total[1m]))"
            })
    void shouldFindANameAnywhereInAnExpression(String expression) {
        assertThat(PromQl.metricNames(expression)).contains("wrong_total").isSubsetOf("wrong_total", "up");
    }

    @Test
    void shouldNotReportLabelsFunctionsStringsOrVariables() {
        assertThat(PromQl.metricNames(
                        "sum by (region) (up{instance=~\"$instance\", job=\"wrong\"}) > bool 3e9 and ${x}"))
                .containsExactly("up");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{__name__=~\"wrong.*\"}",
                "{\"wrong.total\"}",
                "{\"wrong.total\", a=\"b\"}",
                "sort_desc(wrong_total)",
                "up{a=\"b\"",
                "up; wrong"
            })
    void shouldRefuseSyntaxThatMayHideAName(String expression) {
        assertThatThrownBy(() -> PromQl.metricNames(expression)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldFindTheExpressionsOfAFileOfRules() {
        String rules = """
                groups:
                  - name: a
                    rules:
                      - alert: One
                        expr: up == 0
                        for: 1m
                      - alert: Two
                        expr: >-
                          one
                          / two > 0.5
                        labels: {severity: page}
                      - record: three
                        expr: |
                          three
                """;
        assertThat(MonitoringFiles.rules(rules)).containsExactly("up == 0", "one\n/ two > 0.5", "three");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "- {alert: One, expr: up}",
                "- alert: One\n  expr: \"up\"",
                "- alert: One\n  \"expr\": up",
                "- alert: A"
            })
    void shouldRefuseRulesWhoseExpressionItCannotRead(String rules) {
        assertThatThrownBy(() -> MonitoringFiles.rules(rules)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldFindTheExpressionsOfADashboard() {
        String dashboard = """
                {"panels": [{"type": "row", "panels": [{"targets": [{"expr": "one", "legendFormat": "x"}, {"expr": "two"}]}]}],
                 "annotations": {"list": [{"expr": "three"}]},
                 "templating": {"list": [{"type": "query", "query": "label_values(four, instance)"},
                   {"type": "datasource", "query": "prometheus"}]}}
                """;
        assertThat(MonitoringFiles.dashboard(dashboard)).containsExactly("one", "two", "three", "four");
        assertThatThrownBy(() -> MonitoringFiles.dashboard("{\"query\": \"query_result(five)\"}"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldReportUnknownNames() {
        List<String> expressions = List.of("rate(there_total[1m])", "sum(wrong_total) / up");
        String metrics = "# HELP wrong_total not a sample\nthere_total{a=\"wrong_total 1\"} 1.0\nalso 2\n";
        assertThat(MonitoringFiles.unknown(expressions, metrics))
                .isEqualTo(Map.of("wrong_total", "sum(wrong_total) / up"));
    }
}

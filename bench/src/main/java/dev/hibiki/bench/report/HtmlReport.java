package dev.hibiki.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** One or several runs as one page that needs nothing else: tables and plots drawn here. */
public final class HtmlReport {
    private static final String STYLE = """
            body { font: 15px/1.45 system-ui, sans-serif; max-width: 1080px; margin: 2em auto; padding: 0 1em;
                   color: #1b1f24; background: #fff; }
            h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin-top: 2em; }
            .scroll { overflow-x: auto; margin-bottom: 1.5em; }
            table { border-collapse: collapse; font-size: 13px; }
            th, td { padding: .3em .7em; text-align: right; border-bottom: 1px solid #d8dde3; white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; }
            svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
            .grid { stroke: #d8dde3; stroke-width: 1; }
            .key { display: inline-block; width: 1.2em; height: .25em; margin: 0 .4em .25em 1em; }
            @media (prefers-color-scheme: dark) {
              body { color: #e4e7eb; background: #15181c; } th, td { border-color: #333a42; } .grid { stroke: #333a42; }
            }
            """;

    private final List<RunResult> runs;
    private final List<Curve> curves = new ArrayList<>();

    private HtmlReport(List<RunResult> runs) {
        this.runs = runs;
        for (RunResult run : runs) {
            String prefix = runs.size() == 1 ? "" : run.label() + ": ";
            run.phases().stream()
                    .filter(phase -> phase.latency().count() > 0)
                    .forEach(phase -> curves.add(new Curve(prefix + phase.name(), phase)));
        }
    }

    private record Curve(String name, Phase phase) {}

    public static String of(List<RunResult> runs) {
        return new HtmlReport(runs).page();
    }

    private String page() {
        StringBuilder page = new StringBuilder("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<title>hibiki-bench</title>\n<style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>hibiki-bench</h1>\n");
        runTable(page);
        phaseTable(page);
        if (!curves.isEmpty()) {
            section(page, "Latency: received less intended, by percentile", percentiles(Phase::latency), names(curves));
            section(page, "Publish to the last client, by percentile", percentiles(Phase::lastClient), names(curves));
        }
        timeline(page, "Deliveries over time", "deliveries/s", Second::deliveriesPerSecond);
        if (runs.stream().flatMap(run -> run.timeline().stream()).anyMatch(s -> s.serverCores() != null)) {
            timeline(page, "Server processor over time", "cores", s -> orZero(s.serverCores()));
        }
        runs.forEach(run -> details(page, run));
        return page.append("</body></html>\n").toString();
    }

    private void runTable(StringBuilder page) {
        Rows rows = new Rows(
                "run",
                "scenario",
                "started",
                "clients",
                "connects/s",
                "RSS each",
                "heap each",
                "missing",
                "duplicate",
                "reordered",
                "dropped");
        for (RunResult run : runs) {
            Connect connect = run.connect();
            Losses losses = run.losses();
            rows.add(
                    run.label(),
                    run.scenario(),
                    run.startedAt(),
                    number("%,.0f", connect.clients()),
                    number("%,.0f", connect.perSecond()),
                    number("%,.0f B", connect.rssPerConnectionBytes()),
                    number("%,.0f B", connect.heapPerConnectionBytes()),
                    number("%,.0f", losses.missing()),
                    number("%,.0f", losses.duplicates()),
                    number("%,.0f", losses.reordered()),
                    number("%,.0f", losses.connectionsLost()));
        }
        page.append(rows);
    }

    private void phaseTable(StringBuilder page) {
        Rows rows = new Rows(
                "phase",
                "events/s",
                "deliveries/s",
                "MB/s",
                "p50",
                "p90",
                "p99",
                "p99.9",
                "max",
                "last client p50",
                "last client p99",
                "server us/delivery",
                "by ticks",
                "client us/delivery",
                "kept up");
        for (RunResult run : runs) {
            for (Phase phase : run.phases()) {
                Latency latency = phase.latency();
                rows.add(
                        runs.size() == 1 ? phase.name() : run.label() + ": " + phase.name(),
                        number("%,.0f", phase.published() / phase.seconds()),
                        number("%,.0f", phase.deliveriesPerSecond()),
                        number("%,.1f", phase.megabytesPerSecond()),
                        Table.time(latency.p50Us()),
                        Table.time(latency.p90Us()),
                        Table.time(latency.p99Us()),
                        Table.time(latency.p999Us()),
                        Table.time(latency.maxUs()),
                        Table.time(phase.lastClient().p50Us()),
                        Table.time(phase.lastClient().p99Us()),
                        number("%.3f", phase.cpu().serverUsPerDelivery()),
                        number("%.3f", phase.cpu().serverUsPerDeliveryByTicks()),
                        number("%.3f", phase.cpu().clientUsPerDelivery()),
                        phase.keptUp() ? "yes" : "no");
            }
        }
        page.append(rows);
    }

    private String percentiles(Function<Phase, Latency> which) {
        double least = Double.MAX_VALUE;
        double most = 1;
        double nines = 1;
        for (Curve curve : curves) {
            for (Latency.Point point : which.apply(curve.phase).curve()) {
                least = Math.min(least, Math.max(1, point.us()));
                most = Math.max(most, point.us());
                nines = Math.max(nines, nines(point.percentile()));
            }
        }
        List<Double> ticks = new ArrayList<>(List.of(0.0));
        for (int i = 1; i <= Math.ceil(nines); i++) {
            ticks.add(100 - Math.pow(10, 2 - i));
        }
        Svg.Axis x = new Svg.Axis("percentile", ticks, HtmlReport::nines, HtmlReport::percent);
        Svg svg = new Svg(x, Svg.Axis.log("latency", Math.min(least, most), most, Table::time));
        for (int i = 0; i < curves.size(); i++) {
            svg.line(
                    i,
                    which.apply(curves.get(i).phase).curve().stream()
                            .map(p -> new Svg.Point(p.percentile(), Math.max(1, p.us())))
                            .toList());
        }
        return svg.toString();
    }

    /** 90 is one, 99 two, 99.9 three: the axis of HdrHistogram's plots. */
    private static double nines(double percentile) {
        return -Math.log10(Math.max(1e-9, 1 - percentile / 100));
    }

    private static String percent(double percentile) {
        return String.format(Locale.ROOT, "%.7f", percentile).replaceAll("\\.?0+$", "") + " %";
    }

    private void timeline(StringBuilder page, String title, String unit, ToDoubleFunction<Second> value) {
        double span = 1;
        double most = 0;
        for (RunResult run : runs) {
            for (Second second : run.timeline()) {
                span = Math.max(span, second.atSeconds());
                most = Math.max(most, value.applyAsDouble(second));
            }
        }
        Svg svg = new Svg(
                Svg.Axis.linear("seconds", span, v -> number("%.0f", v)),
                Svg.Axis.linear(unit, most, v -> number(v < 10 ? "%.1f" : "%,.0f", v)));
        for (int i = 0; i < runs.size(); i++) {
            svg.line(
                    i,
                    runs.get(i).timeline().stream()
                            .map(s -> new Svg.Point(s.atSeconds(), value.applyAsDouble(s)))
                            .toList());
        }
        section(page, title, svg.toString(), runs.stream().map(RunResult::label).toList());
    }

    private static List<String> names(List<Curve> curves) {
        return curves.stream().map(Curve::name).toList();
    }

    private static void section(StringBuilder page, String title, String plot, List<String> names) {
        page.append("<h2>").append(escape(title)).append("</h2>\n<p>");
        for (int i = 0; i < names.size(); i++) {
            page.append("<span class=\"key\" style=\"background:")
                    .append(Svg.COLOURS.get(i % Svg.COLOURS.size()))
                    .append("\"></span>")
                    .append(escape(names.get(i)));
        }
        page.append("</p>\n").append(plot);
    }

    private static void details(StringBuilder page, RunResult run) {
        page.append("<h2>").append(escape(run.label())).append("</h2>\n");
        run.notes().forEach(note -> page.append("<p>").append(escape(note)).append("</p>\n"));
        page.append("<p>").append(escape(pairs(run.options()))).append("</p>\n<p>");
        page.append(escape(pairs(run.machine()))).append("</p>\n");
    }

    private static String pairs(Map<String, String> map) {
        List<String> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(key + " " + value));
        return String.join(" · ", pairs);
    }

    private static String number(String format, @Nullable Number value) {
        return value == null ? "-" : String.format(Locale.ROOT, format, value.doubleValue());
    }

    private static double orZero(@Nullable Double value) {
        return value == null ? 0 : value;
    }

    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}

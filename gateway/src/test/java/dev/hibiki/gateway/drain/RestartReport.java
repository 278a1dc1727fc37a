package dev.hibiki.gateway.drain;

import dev.hibiki.gateway.drain.RestartTimes.Phase;
import dev.hibiki.testing.SwarmReport;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** A rolling restart as its clients saw it, as text. Immutable. */
record RestartReport(List<SwarmReport> reports, List<RestartTimes> times, HandshakeWatch watch) {
    String text() {
        Predicate<RestartTimes> stayed = client -> client.stayed(Phase.FIRST_RESTART);
        StringBuilder text = new StringBuilder("\n")
                .append(line("clients, connected now", reports.size(), count(report -> report.open() ? 1 : 0)))
                .append(line("events got", count(SwarmReport::messages)))
                .append(line(
                        "lost, doubled, out of order",
                        count(SwarmReport::missing),
                        count(SwarmReport::duplicates),
                        count(SwarmReport::reordered)))
                .append(line("came back", count(report -> report.connections() - 1)))
                .append(line(
                        "connections that broke",
                        times.stream().mapToLong(RestartTimes::losses).sum()))
                .append(line(
                        "turned away for now",
                        times.stream().mapToLong(RestartTimes::refusals).sum()))
                .append(line("most sessions that began in a second on a gateway", Math.round(watch.peakPerSecond())))
                .append(line("most that asked", Math.round(watch.askedPeakPerSecond())))
                .append(
                        "\n| delay | clients | events | p50 ms | p99 ms | p99.9 ms | most ms |\n|---|---:|---:|---:|---:|---:|---:|\n")
                .append(row("before, those who stayed", stayed, Phase.BEFORE))
                .append(row("first restart, those who stayed", stayed, Phase.FIRST_RESTART));
        for (Phase phase : Phase.values()) {
            text.append(row(phase.name().toLowerCase(Locale.ROOT).replace('_', ' ') + ", all", client -> true, phase));
        }
        return text.toString();
    }

    private long count(ToLongFunction<SwarmReport> figure) {
        return reports.stream().mapToLong(figure).sum();
    }

    private static String line(String what, long... figures) {
        StringBuilder line = new StringBuilder(what).append(':');
        for (long figure : figures) {
            line.append(' ').append(figure);
        }
        return line.append('\n').toString();
    }

    private String row(String what, Predicate<RestartTimes> which, Phase phase) {
        Delays sum = new Delays();
        times.stream().filter(which).forEach(client -> client.addTo(sum, phase));
        return String.format(
                Locale.ROOT,
                "| %s | %d | %d | %.1f | %.1f | %.1f | %.1f |%n",
                what,
                times.stream().filter(which).count(),
                sum.count(),
                sum.quantileMs(0.5),
                sum.quantileMs(0.99),
                sum.quantileMs(0.999),
                sum.maxMs());
    }
}

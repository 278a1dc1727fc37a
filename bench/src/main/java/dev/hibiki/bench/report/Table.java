package dev.hibiki.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A run's figures as plain text. */
public final class Table {
    private static final List<String> COLUMNS = List.of(
            "phase",
            "events/s",
            "deliveries/s",
            "p50",
            "p90",
            "p99",
            "p99.9",
            "max",
            "last p50",
            "last p99",
            "server us/dlv",
            "client us/dlv",
            "kept up");

    private Table() {}

    public static String of(RunResult run) {
        StringBuilder out = new StringBuilder();
        connect(run.connect(), out);
        if (!run.phases().isEmpty()) {
            List<List<String>> rows = new ArrayList<>();
            rows.add(COLUMNS);
            run.phases().forEach(phase -> rows.add(row(phase)));
            align(rows, out);
        }
        losses(run.losses(), out);
        run.notes().forEach(note -> out.append(note).append('\n'));
        return out.toString();
    }

    private static void connect(Connect connect, StringBuilder out) {
        out.append(format("%,d clients at %,.0f/s", connect.clients(), connect.perSecond()))
                .append(format(
                        ", handshake p50 %s, p99 %s",
                        time(connect.latency().p50Us()), time(connect.latency().p99Us())));
        memory("RSS", connect.rssBeforeBytes(), connect.rssAfterBytes(), connect.rssPerConnectionBytes(), out);
        memory("live heap", connect.heapBeforeBytes(), connect.heapAfterBytes(), connect.heapPerConnectionBytes(), out);
        out.append('\n');
    }

    private static void memory(
            String what, @Nullable Long before, @Nullable Long after, @Nullable Double each, StringBuilder out) {
        if (before != null && after != null && each != null) {
            out.append(format("; %s %,d -> %,d KB, %,.0f B each", what, before / 1024, after / 1024, each));
        }
    }

    private static List<String> row(Phase phase) {
        Latency latency = phase.latency();
        return List.of(
                phase.name(),
                format("%,.0f", phase.published() / phase.seconds()),
                format("%,.0f", phase.deliveriesPerSecond()),
                time(latency.p50Us()),
                time(latency.p90Us()),
                time(latency.p99Us()),
                time(latency.p999Us()),
                time(latency.maxUs()),
                time(phase.lastClient().p50Us()),
                time(phase.lastClient().p99Us()),
                phase.cpu().serverUsPerDelivery() == null
                        ? "-"
                        : format("%.3f", phase.cpu().serverUsPerDelivery()),
                format("%.3f", phase.cpu().clientUsPerDelivery()),
                phase.keptUp() ? "yes" : "no");
    }

    private static void losses(Losses losses, StringBuilder out) {
        out.append(format(
                "%,d clients: %,d missing (%,d clients), %,d duplicate, %,d reordered, %,d foreign; %,d dropped, %,d refused%n",
                losses.clients(),
                losses.missing(),
                losses.clientsMissing(),
                losses.duplicates(),
                losses.reordered(),
                losses.foreign(),
                losses.connectionsLost(),
                losses.connectionsRefused()));
    }

    /** Microseconds in the unit that suits them. */
    static String time(double us) {
        if (us < 1_000) {
            return format("%.0f us", us);
        }
        return us < 1_000_000 ? format("%.2f ms", us / 1_000) : format("%.2f s", us / 1_000_000);
    }

    private static void align(List<List<String>> rows, StringBuilder out) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        rows.forEach(row -> {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        });
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                out.append(i == 0 ? row.get(i) + padding : "  " + padding + row.get(i));
            }
            out.append('\n');
        }
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}

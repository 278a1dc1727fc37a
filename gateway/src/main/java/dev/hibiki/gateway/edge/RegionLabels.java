package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.metrics.GatewayMetrics;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The region labels that proxies give to connections, and the number of sessions of each. Thread-safe. A region label is
 * for metrics and logs; it never filters events.
 *
 * <p>Anyone who reaches the port can send any label. So only short, plain labels are accepted, and at most
 * {@value #MAX_LABELS} of them. All others count as {@code other}.
 */
public final class RegionLabels {
    private static final int MAX_LABELS = 64;
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]{1,16}");
    private static final String OTHER = "other";

    private final String defaultLabel;
    private final GatewayMetrics metrics;
    private final ConcurrentHashMap<String, Label> labels = new ConcurrentHashMap<>();

    /** One label, with the number of its open sessions. */
    public static final class Label {
        private final String name;
        private final AtomicInteger connections = new AtomicInteger();

        private Label(String name) {
            this.name = name;
        }

        public void entered() {
            connections.incrementAndGet();
        }

        public void left() {
            connections.decrementAndGet();
        }

        public int connections() {
            return connections.get();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    public RegionLabels(String defaultLabel, GatewayMetrics metrics) {
        this.defaultLabel = defaultLabel;
        this.metrics = metrics;
        label(defaultLabel);
    }

    /** The label for the value of the header; the default label when the header is absent or blank. */
    public Label of(@Nullable String header) {
        if (header == null || header.isBlank()) {
            return label(defaultLabel);
        }
        String name = header.trim();
        if (!PLAIN.matcher(name).matches() || (labels.size() >= MAX_LABELS && !labels.containsKey(name))) {
            return label(OTHER);
        }
        return label(name);
    }

    private Label label(String name) {
        return labels.computeIfAbsent(name, added -> {
            Label label = new Label(added);
            metrics.gauge("hibiki.connections", "Open sessions", "region", added, label::connections);
            return label;
        });
    }

    /** The number of open sessions, of all labels. */
    public int connections() {
        return labels.values().stream().mapToInt(Label::connections).sum();
    }
}

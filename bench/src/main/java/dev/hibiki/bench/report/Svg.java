package dev.hibiki.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/** A line chart as inline SVG. Both axes place a value by a function, so that each may be logarithmic. */
final class Svg {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 340;
    private static final int LEFT = 80;
    private static final int RIGHT = 40;
    private static final int TOP = 14;
    private static final int BOTTOM = 46;
    static final List<String> COLOURS =
            List.of("#0b6fb8", "#d1495b", "#2e8b57", "#8e5bb5", "#c77d0a", "#3b8ea5", "#7a6a53", "#555555");

    private final Axis x;
    private final Axis y;
    private final StringBuilder body = new StringBuilder();

    Svg(Axis x, Axis y) {
        this.x = x;
        this.y = y;
        frame();
    }

    record Point(double x, double y) {}

    /**
     * @param place where a value lies, in a measure in which distances are even
     * @param label how a tick is written
     */
    record Axis(String title, List<Double> ticks, DoubleUnaryOperator place, DoubleFunction<String> label) {
        double fraction(double value) {
            double low = place.applyAsDouble(ticks.get(0));
            double high = place.applyAsDouble(ticks.get(ticks.size() - 1));
            return (place.applyAsDouble(value) - low) / (high - low);
        }

        /** Round numbers from zero to at least {@code max}. */
        static Axis linear(String title, double max, DoubleFunction<String> label) {
            double raw = Math.max(max, 1e-9) / 6;
            double power = Math.pow(10, Math.floor(Math.log10(raw)));
            double step = power * (raw / power > 5 ? 10 : raw / power > 2 ? 5 : raw / power > 1 ? 2 : 1);
            List<Double> ticks = new ArrayList<>();
            for (int i = 0; i == 0 || ticks.get(i - 1) < max; i++) {
                ticks.add(i * step);
            }
            return new Axis(title, ticks, v -> v, label);
        }

        /** Powers of ten around {@code min} to {@code max}. */
        static Axis log(String title, double min, double max, DoubleFunction<String> label) {
            int from = (int) Math.floor(Math.log10(Math.max(min, 1e-3)));
            int to = Math.max(from + 1, (int) Math.ceil(Math.log10(Math.max(max, 1e-3))));
            List<Double> ticks = new ArrayList<>();
            for (int i = from; i <= to; i++) {
                ticks.add(Math.pow(10, i));
            }
            return new Axis(title, ticks, v -> Math.log10(Math.max(v, 1e-9)), label);
        }
    }

    /** Draws a line in the n-th colour. */
    Svg line(int n, List<Point> points) {
        StringBuilder path = new StringBuilder();
        for (Point p : points) {
            path.append(String.format(Locale.ROOT, "%.1f,%.1f ", px(p.x), py(p.y)));
        }
        body.append("<polyline fill=\"none\" stroke-width=\"2\" stroke=\"%s\" points=\"%s\"/>%n"
                .formatted(COLOURS.get(n % COLOURS.size()), path.toString().strip()));
        return this;
    }

    @Override
    public String toString() {
        return "<svg viewBox=\"0 0 %d %d\" role=\"img\">%n%s</svg>%n".formatted(WIDTH, HEIGHT, body);
    }

    private void frame() {
        for (double tick : x.ticks) {
            text(px(tick), HEIGHT - BOTTOM + 18.0, "middle", x.label.apply(tick));
            rule(px(tick), TOP, px(tick), HEIGHT - BOTTOM);
        }
        for (double tick : y.ticks) {
            text(LEFT - 8.0, py(tick) + 4, "end", y.label.apply(tick));
            rule(LEFT, py(tick), WIDTH - RIGHT, py(tick));
        }
        text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8.0, "middle", x.title + " / " + y.title);
    }

    private double px(double value) {
        return LEFT + x.fraction(value) * (WIDTH - LEFT - RIGHT);
    }

    private double py(double value) {
        return HEIGHT - BOTTOM - y.fraction(value) * (HEIGHT - TOP - BOTTOM);
    }

    private void rule(double x1, double y1, double x2, double y2) {
        body.append(String.format(
                Locale.ROOT,
                "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>%n",
                x1,
                y1,
                x2,
                y2));
    }

    private void text(double atX, double atY, String anchor, String text) {
        body.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                atX,
                atY,
                anchor,
                HtmlReport.escape(text)));
    }
}

package dev.hibiki.gateway.drain;

/** A histogram of delays with 16 classes per octave, so that a quantile is exact to 5 %. Confined to one thread. */
final class Delays {
    private static final int CLASSES_PER_OCTAVE = 16;
    private static final int OCTAVES = 27;

    private final int[] counts = new int[OCTAVES * CLASSES_PER_OCTAVE];
    private long maxUs;

    void add(long us) {
        double octaves = Math.log((double) Math.max(1, us)) / Math.log(2);
        counts[Math.min(counts.length - 1, (int) (octaves * CLASSES_PER_OCTAVE))]++;
        maxUs = Math.max(maxUs, us);
    }

    void addAll(Delays others) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += others.counts[i];
        }
        maxUs = Math.max(maxUs, others.maxUs);
    }

    long count() {
        long count = 0;
        for (int ofClass : counts) {
            count += ofClass;
        }
        return count;
    }

    /** The delay in ms that this share of all delays does not exceed. */
    double quantileMs(double share) {
        double sought = share * count();
        long below = 0;
        for (int i = 0; i < counts.length; i++) {
            below += counts[i];
            if (below >= sought) {
                return Math.min((double) maxUs, Math.pow(2, (i + 1.0) / CLASSES_PER_OCTAVE)) / 1_000;
            }
        }
        return maxMs();
    }

    double maxMs() {
        return maxUs / 1_000.0;
    }
}

package dev.hibiki.bench.measure;

/**
 * What one client saw of the numbers 0, 1, 2, … that were sent to it: how many different ones, how many twice, how many
 * late. Confined to the client's loop.
 *
 * <p>A window of the 64 highest numbers remembers which of them came (as IPsec's replay window does, RFC 4303), so that a
 * late number is told from a repeated one. What is older than the window counts as late. The one of {@code testing}
 * remembers every number, which a hundred thousand clients could not.
 */
public final class SequenceTracker {
    private final long first;
    private long highest;
    private long window;
    private long unique;
    private long duplicates;
    private long reordered;

    /** Numbers below {@code first} are not counted. */
    public SequenceTracker(long first) {
        this.first = first;
        highest = first - 1;
    }

    public void accept(long number) {
        long ahead = number - highest;
        if (ahead == 1) {
            highest = number;
            window = window << 1 | 1;
            unique++;
        } else if (ahead > 1) {
            highest = number;
            window = ahead < Long.SIZE ? window << ahead | 1 : 1;
            unique++;
        } else if (number >= first) {
            behind(-ahead);
        }
    }

    private void behind(long back) {
        if (back >= Long.SIZE) {
            reordered++;
            unique++;
        } else if ((window >>> back & 1) != 0) {
            duplicates++;
        } else {
            window |= 1L << back;
            reordered++;
            unique++;
        }
    }

    /** Some number came that was not looked at; taken to be the next one. */
    public void acceptNext() {
        accept(highest + 1);
    }

    /** How many of the numbers up to {@code end} (not included) never came. */
    public long missing(long end) {
        return Math.max(0, end - first - unique);
    }

    public long unique() {
        return unique;
    }

    public long duplicates() {
        return duplicates;
    }

    public long reordered() {
        return reordered;
    }
}

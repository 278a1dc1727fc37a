package dev.hibiki.bench.measure;

/**
 * What the measured clients should have got, and did not, over the whole run (warm-up included: a lost event is lost).
 *
 * @param clients how many clients were looked at
 * @param missing events that a client never got, summed over the clients
 * @param clientsMissing clients that miss at least one
 * @param foreign messages with no number of this run
 */
public record Integrity(
        long clients, long missing, long clientsMissing, long duplicates, long reordered, long foreign) {
    public static final Integrity NONE = new Integrity(0, 0, 0, 0, 0, 0);

    /** Adds a client that was to get the numbers below {@code end}. */
    public Integrity plus(SequenceTracker client, long end) {
        long lacks = client.missing(end);
        return new Integrity(
                clients + 1,
                missing + lacks,
                clientsMissing + (lacks > 0 ? 1 : 0),
                duplicates + client.duplicates(),
                reordered + client.reordered(),
                foreign);
    }

    public Integrity plusForeign(long messages) {
        return new Integrity(clients, missing, clientsMissing, duplicates, reordered, foreign + messages);
    }

    public Integrity plus(Integrity other) {
        return new Integrity(
                clients + other.clients,
                missing + other.missing,
                clientsMissing + other.clientsMissing,
                duplicates + other.duplicates,
                reordered + other.reordered,
                foreign + other.foreign);
    }
}

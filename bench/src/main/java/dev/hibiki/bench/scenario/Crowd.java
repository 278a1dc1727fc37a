package dev.hibiki.bench.scenario;

/**
 * How many measured clients each event has. The event number i belongs to group i modulo the number of groups; the clients
 * were dealt out to the groups in turn.
 */
record Crowd(int clients, int groups) {

    /** Deliveries that the events {@code from} to {@code to} (not included) ought to give. */
    long deliveries(long from, long to) {
        long sum = 0;
        for (int group = 0; group < groups; group++) {
            sum += (eventsBelow(to, group) - eventsBelow(from, group)) * clientsOf(group);
        }
        return sum;
    }

    /** Clients per event, on average. */
    double perEvent() {
        return (double) clients / groups;
    }

    private int clientsOf(int group) {
        return (clients - group + groups - 1) / groups;
    }

    private long eventsBelow(long end, int group) {
        return (end - group + groups - 1) / groups;
    }
}

package dev.hibiki.gateway.edge;

/**
 * The number of connections of each address. Thread-safe, by one lock for each of {@value #PARTS} parts. Only addresses
 * with connections take memory: 12 bytes each, in tables that are between a fifth and three quarters full.
 */
final class AddressCounts {
    private static final int PARTS = 64;

    private final Part[] parts = new Part[PARTS];

    AddressCounts() {
        for (int i = 0; i < PARTS; i++) {
            parts[i] = new Part();
        }
    }

    /** Adds one connection. @return the number of connections of this address */
    int add(long key) {
        return part(key).add(key);
    }

    /** Removes one connection. The address must have one. */
    void remove(long key) {
        part(key).remove(key);
    }

    /** The number of addresses that have connections. */
    int addresses() {
        int addresses = 0;
        for (Part part : parts) {
            addresses += part.used();
        }
        return addresses;
    }

    private Part part(long key) {
        return parts[AddressKey.hash(key) >>> 26];
    }

    /**
     * A hash table with linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R).
     */
    private static final class Part {
        private static final int MIN_SLOTS = 8;

        private long[] keys = new long[MIN_SLOTS];
        private int[] counts = new int[MIN_SLOTS];
        private int used;

        synchronized int add(long key) {
            int slot = find(key);
            if (counts[slot] == 0) {
                if (4 * (used + 1) > 3 * keys.length) {
                    resize(2 * keys.length);
                    slot = find(key);
                }
                keys[slot] = key;
                used++;
            }
            return ++counts[slot];
        }

        synchronized void remove(long key) {
            int slot = find(key);
            if (counts[slot] == 0) {
                throw new IllegalStateException("no connection of this address is counted");
            }
            if (--counts[slot] == 0) {
                used--;
                closeGap(slot);
                if (5 * used < keys.length && keys.length > MIN_SLOTS) {
                    resize(keys.length / 2);
                }
            }
        }

        synchronized int used() {
            return used;
        }

        /** The slot of the key, or the empty slot where it belongs. */
        private int find(long key) {
            int slot = home(key);
            while (counts[slot] != 0 && keys[slot] != key) {
                slot = next(slot);
            }
            return slot;
        }

        private int home(long key) {
            return AddressKey.hash(key) & keys.length - 1;
        }

        private int next(int slot) {
            return slot + 1 & keys.length - 1;
        }

        /** Moves entries that a search would no longer find, because of the empty slot before them, into that slot. */
        private void closeGap(int emptySlot) {
            int empty = emptySlot;
            for (int slot = next(empty); counts[slot] != 0; slot = next(slot)) {
                int home = home(keys[slot]);
                if ((slot - home & keys.length - 1) >= (slot - empty & keys.length - 1)) {
                    keys[empty] = keys[slot];
                    counts[empty] = counts[slot];
                    counts[slot] = 0;
                    empty = slot;
                }
            }
        }

        private void resize(int slots) {
            long[] oldKeys = keys;
            int[] oldCounts = counts;
            keys = new long[slots];
            counts = new int[slots];
            for (int i = 0; i < oldKeys.length; i++) {
                if (oldCounts[i] != 0) {
                    int slot = find(oldKeys[i]);
                    keys[slot] = oldKeys[i];
                    counts[slot] = oldCounts[i];
                }
            }
        }
    }
}

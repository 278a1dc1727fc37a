package dev.hibiki.gateway.edge;

/**
 * How many connections each address has. Thread-safe, by a lock for each part of the addresses. Only addresses that have
 * connections take room, 12 bytes in a table that is between a fifth and three quarters full.
 */
final class AddressCounts {
    private static final int PARTS = 64;

    private final Part[] parts = new Part[PARTS];

    AddressCounts() {
        for (int i = 0; i < PARTS; i++) {
            parts[i] = new Part();
        }
    }

    /** One more. @return how many there are now */
    int add(long key) {
        return part(key).add(key);
    }

    /** One less of those that there are. */
    void remove(long key) {
        part(key).remove(key);
    }

    /** How many addresses have any. */
    int addresses() {
        int all = 0;
        for (Part part : parts) {
            all += part.used();
        }
        return all;
    }

    private Part part(long key) {
        return parts[AddressKey.hash(key) >>> 26];
    }

    /** Linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R). */
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
                close(slot);
                if (5 * used < keys.length && keys.length > MIN_SLOTS) {
                    resize(keys.length / 2);
                }
            }
        }

        synchronized int used() {
            return used;
        }

        /** Where the key is, or would be. */
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

        /** Moves those up that stand behind an empty slot and would no longer be found. */
        private void close(int empty) {
            int hole = empty;
            for (int slot = next(hole); counts[slot] != 0; slot = next(slot)) {
                int home = home(keys[slot]);
                if ((slot - home & keys.length - 1) >= (slot - hole & keys.length - 1)) {
                    keys[hole] = keys[slot];
                    counts[hole] = counts[slot];
                    counts[slot] = 0;
                    hole = slot;
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

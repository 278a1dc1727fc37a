package dev.hibiki.bench.wire;

/** Eight ASCII digits at once, the first one in the most significant byte. */
final class Digits {
    private Digits() {}

    static boolean areEight(long eight) {
        return (eight & (eight + 0x0606060606060606L) & 0xF0F0F0F0F0F0F0F0L) == 0x3030303030303030L;
    }

    /** Adds neighbours up in three steps: pairs, then fours, then all eight. */
    static long parseEight(long eight) {
        long v = Long.reverseBytes(eight) & 0x0F0F0F0F0F0F0F0FL;
        v = ((v * 2561) >>> 8) & 0x00FF00FF00FF00FFL;
        v = ((v * 6_553_601) >>> 16) & 0x0000FFFF0000FFFFL;
        return (v * 42_949_672_960_001L) >>> 32;
    }
}

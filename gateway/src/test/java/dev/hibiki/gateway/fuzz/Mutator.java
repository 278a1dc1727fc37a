package dev.hibiki.gateway.fuzz;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes inputs from seeds, always the same ones for the same seed of the generator. Confined to its thread. */
final class Mutator {
    private static final int MAX_BYTES = 8_192;
    private static final int MAX_CHANGES = 6;
    private static final byte[] INTERESTING = {
        0,
        1,
        2,
        3,
        8,
        '\n',
        '\r',
        ' ',
        '"',
        '$',
        '%',
        '&',
        '*',
        '+',
        ',',
        '-',
        '.',
        '/',
        '0',
        ':',
        ';',
        '=',
        '?',
        '@',
        '[',
        '\\',
        ']',
        '^',
        '{',
        '}',
        125,
        126,
        127,
        (byte) 0x80,
        (byte) 0x81,
        (byte) 0x88,
        (byte) 0x89,
        (byte) 0xC0,
        (byte) 0xC1,
        (byte) 0xE3,
        (byte) 0xED,
        (byte) 0xFE,
        (byte) 0xFF
    };

    private final List<byte[]> seeds;
    private final Random random;

    /** @param seeds at least one */
    Mutator(List<byte[]> seeds, long seed) {
        this.seeds = seeds;
        this.random = new Random(seed);
    }

    byte[] next() {
        byte[] input = any();
        for (int changes = 1 + random.nextInt(MAX_CHANGES); changes > 0; changes--) {
            input = change(input);
        }
        return input;
    }

    private byte[] any() {
        return seeds.get(random.nextInt(seeds.size()));
    }

    private byte[] change(byte[] input) {
        int from = random.nextInt(input.length + 1);
        int to = Math.min(input.length, from + random.nextInt(1 + random.nextInt(32)));
        return switch (random.nextInt(6)) {
            case 0 -> join(input, from, new byte[] {(byte) random.nextInt()}, Math.min(input.length, from + 1));
            case 1 -> join(input, from, new byte[] {interesting()}, Math.min(input.length, from + 1));
            case 2 -> join(input, from, new byte[] {interesting()}, from);
            case 3 -> join(input, from, new byte[0], to);
            case 4 -> join(input, from, slice(input, from, to), from);
            default -> {
                byte[] other = any();
                int begin = random.nextInt(other.length + 1);
                int end = Math.min(other.length, begin + random.nextInt(64));
                yield join(input, from, slice(other, begin, end), to);
            }
        };
    }

    private byte interesting() {
        return INTERESTING[random.nextInt(INTERESTING.length)];
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }

    /** The bytes before an index, others, and the bytes from another index. */
    private static byte[] join(byte[] bytes, int before, byte[] middle, int after) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(bytes, 0, before);
        all.writeBytes(middle);
        all.write(bytes, after, bytes.length - after);
        return all.size() > MAX_BYTES ? bytes : all.toByteArray();
    }
}

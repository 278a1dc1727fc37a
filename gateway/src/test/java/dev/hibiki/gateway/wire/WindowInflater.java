package dev.hibiki.gateway.wire;

import java.util.Arrays;

/**
 * Inflates one deflated message (RFC 1951) and remembers its longest reference. Java's inflater keeps 32 KiB and would accept
 * references beyond a client's smaller window. Only for valid streams. Confined to its caller.
 */
final class WindowInflater {
    private static final byte[] TAIL = {0, 0, (byte) 0xFF, (byte) 0xFF};
    private static final int[] CODE_ORDER = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    private static final int END_OF_BLOCK = 256;
    private static final int MAX_MESSAGE_BYTES = 1 << 20;

    private final byte[] in;
    private final byte[] out = new byte[MAX_MESSAGE_BYTES];
    private int bit;
    private int length;
    private int farthest;

    private WindowInflater(byte[] in) {
        this.in = in;
    }

    /** @param deflated the payload of a frame, without the tail of RFC 7692, section 7.2.1 */
    static WindowInflater inflate(byte[] deflated) {
        byte[] stream = Arrays.copyOf(deflated, deflated.length + TAIL.length);
        System.arraycopy(TAIL, 0, stream, deflated.length, TAIL.length);
        WindowInflater inflater = new WindowInflater(stream);
        while (inflater.bit < Byte.SIZE * stream.length) {
            inflater.readBlock();
        }
        return inflater;
    }

    byte[] message() {
        return Arrays.copyOf(out, length);
    }

    /** The longest distance of a reference in the message. */
    int farthest() {
        return farthest;
    }

    private int bits(int count) {
        int value = 0;
        for (int i = 0; i < count; i++, bit++) {
            value |= (in[bit / Byte.SIZE] >> bit % Byte.SIZE & 1) << i;
        }
        return value;
    }

    private void readBlock() {
        require(bits(1) == 0, "a last block");
        switch (bits(2)) {
            case 0 -> readStored();
            case 1 -> readCompressed(Huffman.fixedLiterals(), Huffman.fixedDistances());
            case 2 -> readDynamic();
            default -> throw new IllegalStateException("a block of an unknown type");
        }
    }

    private void readStored() {
        bit = (bit + Byte.SIZE - 1) / Byte.SIZE * Byte.SIZE;
        int count = bits(16);
        require(bits(16) == (~count & 0xFFFF), "a stored block of two lengths");
        for (int i = 0; i < count; i++) {
            out[length++] = (byte) bits(8);
        }
    }

    private void readDynamic() {
        int literals = 257 + bits(5);
        int distances = 1 + bits(5);
        int codes = 4 + bits(4);
        int[] codeLengths = new int[CODE_ORDER.length];
        for (int i = 0; i < codes; i++) {
            codeLengths[CODE_ORDER[i]] = bits(3);
        }
        Huffman code = new Huffman(codeLengths);
        int[] lengths = new int[literals + distances];
        int filled = 0;
        while (filled < lengths.length) {
            int symbol = symbol(code);
            int value = symbol < 16 ? symbol : symbol == 16 ? lengths[filled - 1] : 0;
            int repeat = switch (symbol) {
                case 16 -> 3 + bits(2);
                case 17 -> 3 + bits(3);
                case 18 -> 11 + bits(7);
                default -> 1;
            };
            Arrays.fill(lengths, filled, filled + repeat, value);
            filled += repeat;
        }
        readCompressed(
                new Huffman(Arrays.copyOf(lengths, literals)),
                new Huffman(Arrays.copyOfRange(lengths, literals, lengths.length)));
    }

    private void readCompressed(Huffman literals, Huffman distances) {
        int symbol;
        while ((symbol = symbol(literals)) != END_OF_BLOCK) {
            if (symbol < END_OF_BLOCK) {
                out[length++] = (byte) symbol;
            } else {
                copy(copyLength(symbol - END_OF_BLOCK - 1), distance(symbol(distances)));
            }
        }
    }

    private int copyLength(int code) {
        if (code < 8) {
            return 3 + code;
        }
        int extra = code / 4 - 1;
        return code == 28 ? 258 : 3 + ((4 + code % 4) << extra) + bits(extra);
    }

    private int distance(int code) {
        if (code < 4) {
            return 1 + code;
        }
        int extra = code / 2 - 1;
        return 1 + ((2 + code % 2) << extra) + bits(extra);
    }

    private void copy(int count, int distance) {
        require(distance <= length, "a reference to before the message");
        farthest = Math.max(farthest, distance);
        for (int i = 0; i < count; i++, length++) {
            out[length] = out[length - distance];
        }
    }

    /** Codes of the same length follow each other, in the order of their symbols (section 3.2.2). */
    private int symbol(Huffman huffman) {
        int code = 0;
        int first = 0;
        int index = 0;
        for (int bits = 1; bits < huffman.counts.length; bits++) {
            code = code << 1 | bits(1);
            int count = huffman.counts[bits];
            if (code - first < count) {
                return huffman.symbols[index + code - first];
            }
            index += count;
            first = (first + count) << 1;
        }
        throw new IllegalStateException("an unknown code");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    /** The number of codes of each length, and the symbols in the order of their codes. */
    private static final class Huffman {
        final int[] counts = new int[16];
        final int[] symbols;

        Huffman(int[] lengths) {
            symbols = new int[lengths.length];
            int sorted = 0;
            for (int bits = 1; bits < counts.length; bits++) {
                for (int symbol = 0; symbol < lengths.length; symbol++) {
                    if (lengths[symbol] == bits) {
                        counts[bits]++;
                        symbols[sorted++] = symbol;
                    }
                }
            }
        }

        static Huffman fixedLiterals() {
            int[] lengths = new int[288];
            Arrays.fill(lengths, 0, 144, 8);
            Arrays.fill(lengths, 144, 256, 9);
            Arrays.fill(lengths, 256, 280, 7);
            Arrays.fill(lengths, 280, 288, 8);
            return new Huffman(lengths);
        }

        static Huffman fixedDistances() {
            int[] lengths = new int[30];
            Arrays.fill(lengths, 5);
            return new Huffman(lengths);
        }
    }
}

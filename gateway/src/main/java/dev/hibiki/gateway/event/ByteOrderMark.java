package dev.hibiki.gateway.event;

/**
 * The byte order mark of UTF-8, which editors and tools of Windows write before a text. It is no part of the event (RFC 8259,
 * section 8.1, lets a reader ignore it). Stateless.
 */
final class ByteOrderMark {
    private static final int BYTES = 3;

    private ByteOrderMark() {}

    /** The number of bytes before the text: 3 with a mark, else 0. */
    static int length(byte[] utf8) {
        boolean marked =
                utf8.length >= BYTES && utf8[0] == (byte) 0xEF && utf8[1] == (byte) 0xBB && utf8[2] == (byte) 0xBF;
        return marked ? BYTES : 0;
    }
}

package dev.hibiki.gateway.edge;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** What counts as one address where addresses are counted. */
public final class AddressKey {
    /** Of the prefix of multicast addresses, from which nobody connects. */
    private static final long IPV4 = 0xFFFF_FFFFL << 32;

    private AddressKey() {}

    /** An IPv4 address, or the /64 of an IPv6 one: whoever has one address of that has all. Different for all of these. */
    public static long of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.remaining() == Integer.BYTES ? IPV4 | (bytes.getInt() & 0xFFFF_FFFFL) : bytes.getLong();
    }

    /** Spreads keys, which are alike in many bits, over all bits. */
    public static int hash(long key) {
        long mixed = key * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 32);
    }
}

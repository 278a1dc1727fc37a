package dev.hibiki.gateway.edge;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/** The 64-bit key under which the limits count an address. Stateless. */
public final class AddressKey {
    /** Marks an IPv4 address. As an IPv6 prefix it would be multicast (ff00::/8), from which no connection comes. */
    private static final long IPV4 = 0xFFFF_FFFFL << 32;

    private AddressKey() {}

    /** The IPv4 address, or the /64 prefix of the IPv6 address: a client usually has a whole /64. Keys are unique. */
    public static long of(InetAddress address) {
        ByteBuffer bytes = ByteBuffer.wrap(address.getAddress());
        return bytes.remaining() == Integer.BYTES ? IPV4 | (bytes.getInt() & 0xFFFF_FFFFL) : bytes.getLong();
    }

    /** Spreads similar keys over all 32 bits. */
    public static int hash(long key) {
        long mixed = key * 0x9E37_79B9_7F4A_7C15L;
        return (int) (mixed >>> 32);
    }
}

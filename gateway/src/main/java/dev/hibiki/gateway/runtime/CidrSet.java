package dev.hibiki.gateway.runtime;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** A set of networks, such as those of the trusted proxies. Immutable. */
public record CidrSet(List<Network> networks) {
    public static final CidrSet NONE = new CidrSet(List.of());

    /** All addresses that begin with the first {@code bits} bits of the prefix. */
    public record Network(InetAddress prefix, int bits) {

        /**
         * Reads {@code 10.0.0.0/8}, {@code fd00::/8}, or a single address.
         *
         * @throws IllegalArgumentException when it is neither
         */
        public static Network parse(String text) {
            int slash = text.indexOf('/');
            byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
            if (address == null) {
                throw new IllegalArgumentException("not an address: " + text);
            }
            int length = 8 * address.length;
            int bits = slash < 0 ? length : Integer.parseInt(text.substring(slash + 1));
            if (bits < 0 || bits > length) {
                throw new IllegalArgumentException("not a length: " + text);
            }
            for (int i = bits; i < length; i++) {
                if (bit(address, i) != 0) {
                    throw new IllegalArgumentException("bits behind the prefix: " + text);
                }
            }
            try {
                InetAddress prefix = InetAddress.getByAddress(address);
                // Java makes an IPv4 address of one that IPv6 maps (RFC 4291, section 2.5.5.2), as of a client's.
                return new Network(prefix, bits - (length - 8 * prefix.getAddress().length));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }

        private static int bit(byte[] bytes, int index) {
            return bytes[index / 8] >> (7 - index % 8) & 1;
        }

        boolean contains(byte[] address) {
            byte[] ours = prefix.getAddress();
            if (ours.length != address.length) {
                return false;
            }
            for (int i = 0; i < bits; i++) {
                if (bit(ours, i) != bit(address, i)) {
                    return false;
                }
            }
            return true;
        }
    }

    public CidrSet {
        networks = List.copyOf(networks);
    }

    public boolean isEmpty() {
        return networks.isEmpty();
    }

    public boolean contains(InetAddress address) {
        if (networks.isEmpty()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        for (Network network : networks) {
            if (network.contains(bytes)) {
                return true;
            }
        }
        return false;
    }
}

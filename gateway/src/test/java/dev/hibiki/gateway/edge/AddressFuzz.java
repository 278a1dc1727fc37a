package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fuzz target: a range of addresses on the first line, then lines of X-Forwarded-For. A range has exactly the addresses that
 * arithmetic gives it. The client is the first address from the right that is not trusted, with all before it trusted. See
 * {@link dev.hibiki.gateway.fuzz}.
 */
public final class AddressFuzz {
    private static final InetAddress NEAREST = address("10.0.0.1");

    private AddressFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<String> lines = Arrays.asList(new String(input, StandardCharsets.ISO_8859_1).split("\n", -1));
        CidrSet.@Nullable Network range = range(lines.get(0));
        List<CidrSet.Network> networks = new ArrayList<>(List.of(CidrSet.Network.parse("10.0.0.0/8")));
        if (range != null) {
            require(
                    CidrSet.Network.parse(range.prefix().getHostAddress() + '/' + range.bits())
                            .equals(range),
                    "the same again");
            networks.add(range);
        }
        CidrSet trusted = new CidrSet(networks);
        if (range != null) {
            require(trusted.contains(range.prefix()), "a range has its first address");
        }
        HttpHeaders headers = new DefaultHttpHeaders();
        try {
            lines.subList(1, lines.size()).forEach(line -> headers.add("X-Forwarded-For", line));
        } catch (IllegalArgumentException e) {
            return; // Not the value of a header.
        }
        InetAddress client = new ForwardedFor(trusted).clientOf(NEAREST, headers);
        require(client.equals(expected(trusted, networks, headers)), "another client");
    }

    private static InetAddress expected(CidrSet trusted, List<CidrSet.Network> networks, HttpHeaders headers) {
        List<String> hops = new ArrayList<>();
        headers.getAll("X-Forwarded-For").forEach(line -> Collections.addAll(hops, line.split(",", -1)));
        Collections.reverse(hops);
        InetAddress client = NEAREST;
        for (String hop : hops) {
            boolean inside = false;
            for (CidrSet.Network network : networks) {
                inside |= isIn(network, client);
            }
            require(trusted.contains(client) == inside, "arithmetic says " + inside);
            InetAddress next = inside ? hopOf(hop.trim()) : null;
            if (next == null) {
                return client;
            }
            client = next;
        }
        return client;
    }

    private static @Nullable InetAddress hopOf(String hop) {
        if (hop.length() > 64) {
            return null;
        }
        int colon = hop.lastIndexOf(':');
        boolean port = colon > 0 && (hop.chars().filter(c -> c == ':').count() == 1 || hop.charAt(colon - 1) == ']');
        return ClientAddress.parse(port ? hop.substring(0, colon) : hop);
    }

    private static boolean isIn(CidrSet.Network network, InetAddress address) {
        byte[] prefix = network.prefix().getAddress();
        byte[] bytes = address.getAddress();
        int shift = 8 * prefix.length - network.bits();
        return prefix.length == bytes.length
                && new BigInteger(1, prefix).shiftRight(shift).equals(new BigInteger(1, bytes).shiftRight(shift));
    }

    private static CidrSet.@Nullable Network range(String text) {
        try {
            return CidrSet.Network.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static InetAddress address(String text) {
        InetAddress address = ClientAddress.parse(text);
        if (address == null) {
            throw new IllegalStateException(text);
        }
        return address;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}

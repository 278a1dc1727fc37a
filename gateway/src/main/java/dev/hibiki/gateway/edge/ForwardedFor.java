package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header X-Forwarded-For, to which each proxy appends the address of its own client. Immutable.
 *
 * <p>The header is read from the right, since only entries that trusted proxies wrote are true. The first address that is
 * not a trusted proxy is the client. The entries to the left of it are claims of that client and are ignored.
 */
public final class ForwardedFor {
    private static final String HEADER = "x-forwarded-for";
    private static final int MAX_CHARS = 64;

    private final CidrSet trusted;

    public ForwardedFor(CidrSet trusted) {
        this.trusted = trusted;
    }

    public static boolean isIn(HttpHeaders headers) {
        return headers.contains(HEADER);
    }

    /**
     * The address of the client.
     *
     * @param nearest the address of the connection, without this header
     */
    public InetAddress clientOf(InetAddress nearest, HttpHeaders headers) {
        InetAddress client = nearest;
        List<String> lines = headers.getAll(HEADER);
        for (int line = lines.size() - 1; line >= 0; line--) {
            String[] hops = lines.get(line).split(",", -1);
            for (int hop = hops.length - 1; hop >= 0; hop--) {
                InetAddress before = trusted.contains(client) ? parse(hops[hop].trim()) : null;
                if (before == null) {
                    return client;
                }
                client = before;
            }
        }
        return client;
    }

    /** Reads an address, with or without a port; null for anything else, such as {@code unknown}. */
    private static @Nullable InetAddress parse(String hop) {
        if (hop.length() > MAX_CHARS) {
            return null;
        }
        String host = hop;
        int colon = hop.lastIndexOf(':');
        if (colon > 0 && (hop.indexOf(':') == colon || hop.charAt(colon - 1) == ']')) {
            host = hop.substring(0, colon);
        }
        return ClientAddress.parse(host);
    }
}

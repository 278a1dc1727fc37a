package dev.hibiki.gateway.edge;

import dev.hibiki.gateway.runtime.CidrSet;
import dev.hibiki.gateway.runtime.ClientAddress;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The header X-Forwarded-For, to which each proxy appends the address that it was connected from. Read from the right, it
 * is true as long as trusted proxies wrote it; the first address that is none of theirs is the client's, and whatever
 * stands to the left of it is what that client claims. Immutable.
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
     * Where the client is.
     *
     * @param nearest the address that the request came from, as far as that is known without the header
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

    /** An address, perhaps with a port; null for anything else, such as {@code unknown}. */
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

package dev.hibiki.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The target of a request, and the host that it is for (RFC 9112, section 3.2). Stateless. */
final class RequestTarget {
    /** The target of OPTIONS for the server as a whole. */
    static final String SERVER = "*";

    /** A host of RFC 3986, section 3.2.2, which may be empty, and a port. */
    private static final Pattern AUTHORITY =
            Pattern.compile("(?:[\\w.~%!$&'()*+,;=-]*|\\[[0-9A-Fa-fv:.]+])(?::\\d{0,5})?");

    private static final Pattern ABSOLUTE_FORM = Pattern.compile("(?i:https?)://([^/?:][^/?]*)(.*)");

    private RequestTarget() {}

    /**
     * Checks the host and the target, and turns an absolute target into a path and the {@code Host} that it names, so that
     * nothing behind this sees two forms.
     *
     * @return what is wrong; null when nothing is
     */
    static @Nullable String normalize(HttpRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.size() > 1 || (hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
            return hosts.isEmpty() ? "Host is missing" : "more than one Host";
        }
        if (!hosts.isEmpty() && !AUTHORITY.matcher(hosts.get(0)).matches()) {
            return "Host (expected: a name or an address, and a port)";
        }
        String target = request.uri();
        if (target.startsWith("/")) {
            return null;
        }
        boolean options = request.method().equals(HttpMethod.OPTIONS);
        if (target.equals(SERVER) && options) {
            return null;
        }
        Matcher absolute = ABSOLUTE_FORM.matcher(target);
        if (!absolute.matches() || !AUTHORITY.matcher(absolute.group(1)).matches()) {
            return "the target of the request (expected: a path, or http:// with a host and a path)";
        }
        String path = absolute.group(2);
        request.headers().set(HttpHeaderNames.HOST, absolute.group(1));
        if (path.isEmpty()) {
            request.setUri(options ? SERVER : "/"); // Section 3.2.4: so a proxy forwards OPTIONS *.
        } else {
            request.setUri(path.startsWith("/") ? path : '/' + path);
        }
        return null;
    }
}

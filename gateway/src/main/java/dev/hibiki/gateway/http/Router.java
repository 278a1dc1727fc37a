package dev.hibiki.gateway.http;

import dev.hibiki.gateway.runtime.ConnectionFields;
import dev.hibiki.gateway.runtime.PeerFailure;
import dev.hibiki.gateway.runtime.RateLimitedLog;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Finds the endpoint for a request: the exact path, else the longest matching prefix. All connections of a listener share
 * it, so it must not change once the listener is open.
 */
@ChannelHandler.Sharable
public final class Router extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger log = LoggerFactory.getLogger(Router.class);

    private static final RateLimitedLog failures = new RateLimitedLog(log);

    /**
     * Headers that may occur once (RFC 9110, section 5.3). Of two of them, a proxy could look at one and the gateway at the
     * other.
     */
    private static final List<String> SINGLE = List.of(
            "Authorization",
            "Content-Type",
            "Last-Event-ID",
            "Origin",
            "Sec-Fetch-Site",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version");

    private record Route(Set<HttpMethod> methods, Endpoint endpoint) {}

    private final Map<String, Route> exact = new HashMap<>();
    private final TreeMap<String, Route> prefixes = new TreeMap<>();
    private final Map<String, String> elsewhere = new TreeMap<>();

    /** Adds an endpoint for GET and HEAD of exactly this path. */
    public Router get(String path, Endpoint endpoint) {
        return on(path, Set.of(HttpMethod.GET, HttpMethod.HEAD), endpoint);
    }

    /** Adds an endpoint for these methods of exactly this path. */
    public Router on(String path, Set<HttpMethod> methods, Endpoint endpoint) {
        if (exact.put(path, new Route(Set.copyOf(methods), endpoint)) != null) {
            throw new IllegalArgumentException("two endpoints for " + path);
        }
        return this;
    }

    /** Adds an endpoint for POST to every path with this prefix. */
    public Router postUnder(String prefix, Endpoint endpoint) {
        prefixes.put(prefix, new Route(Set.of(HttpMethod.POST), endpoint));
        return this;
    }

    /**
     * Lets the answer to a wrong path say where the path is. An endpoint at this path wins.
     *
     * @param path or a prefix that ends with a slash
     */
    public Router elsewhere(String path, String where) {
        elsewhere.put(path, where);
        return this;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            Reply.undecodable(request.decoderResult().cause()).closing().send(ctx, request);
            return;
        }
        if (request.uri().equals(RequestTarget.SERVER)) {
            Reply.of(HttpResponseStatus.NO_CONTENT, "text/plain", new byte[0])
                    .header(HttpHeaderNames.ALLOW, allow(allMethods()))
                    .send(ctx, request);
            return;
        }
        String repeated = repeated(request.headers());
        if (repeated != null) {
            Reply.error(HttpResponseStatus.BAD_REQUEST, "more than one " + repeated + " (expected: one)")
                    .send(ctx, request);
            return;
        }
        String encoded = Query.encodedPath(request);
        String path = PercentCodes.path(encoded);
        if (path == null) {
            String problem = "the path " + ConnectionFields.truncate(encoded) + " cannot be decoded: ";
            Reply.error(HttpResponseStatus.BAD_REQUEST, problem + PercentCodes.problem(encoded))
                    .send(ctx, request);
            return;
        }
        Route route = find(path);
        if (route == null) {
            Reply.error(HttpResponseStatus.NOT_FOUND, "nothing at " + path + " (" + hint(path) + ')')
                    .send(ctx, request);
        } else if (!route.methods().contains(request.method())) {
            Reply.error(
                            HttpResponseStatus.METHOD_NOT_ALLOWED,
                            request.method() + " is not for " + path + " (expected: " + allow(route.methods()) + ')')
                    .header(HttpHeaderNames.ALLOW, allow(route.methods()))
                    .send(ctx, request);
        } else {
            handle(ctx, request, path, route.endpoint());
        }
    }

    private static void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path, Endpoint endpoint) {
        try {
            endpoint.handle(ctx, request, path);
        } catch (RuntimeException e) {
            logFailure(ctx, e);
            if (ctx.isRemoved()) { // The answer is out, and a session has begun.
                ctx.channel().close();
            } else {
                Reply.error(HttpResponseStatus.INTERNAL_SERVER_ERROR, "the gateway failed to answer; its log tells why")
                        .closing()
                        .send(ctx, request);
            }
        }
    }

    /** A header that is there twice and has no list as value; null when there is none. */
    private static @Nullable String repeated(HttpHeaders headers) {
        for (String name : SINGLE) {
            Iterator<String> values = headers.valueStringIterator(name);
            if (values.hasNext()) {
                values.next();
                if (values.hasNext()) {
                    return name;
                }
            }
        }
        return null;
    }

    private @Nullable Route find(String path) {
        Route route = exact.get(path);
        if (route != null) {
            return route;
        }
        Map.Entry<String, Route> before = prefixes.floorEntry(path);
        while (before != null && !path.startsWith(before.getKey())) {
            before = prefixes.lowerEntry(before.getKey()); // A shorter prefix sorts before a longer one.
        }
        return before == null ? null : before.getValue();
    }

    private String hint(String path) {
        for (Map.Entry<String, String> other : elsewhere.entrySet()) {
            String name = other.getKey();
            if (name.endsWith("/") ? (path + '/').startsWith(name) : path.equals(name)) {
                return other.getValue();
            }
        }
        Stream<String> under = prefixes.keySet().stream().map(prefix -> prefix + '…');
        return "there is: "
                + Stream.concat(exact.keySet().stream(), under).sorted().collect(Collectors.joining(" "));
    }

    private Set<HttpMethod> allMethods() {
        Set<HttpMethod> all = new HashSet<>(Set.of(HttpMethod.OPTIONS));
        exact.values().forEach(route -> all.addAll(route.methods()));
        prefixes.values().forEach(route -> all.addAll(route.methods()));
        return all;
    }

    private static String allow(Set<HttpMethod> methods) {
        return String.join(", ", methods.stream().map(HttpMethod::name).sorted().toList());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (PeerFailure.matches(cause) || cause instanceof DecoderException) { // The client is the cause.
            ConnectionFields.add(log.atDebug(), ctx.channel())
                    .addKeyValue("reason", cause.toString())
                    .log("Connection lost");
        } else {
            logFailure(ctx, cause);
        }
        ctx.close();
    }

    private static void logFailure(ChannelHandlerContext ctx, Throwable cause) {
        LoggingEventBuilder line = ConnectionFields.add(failures.at(Level.WARN), ctx.channel());
        if (cause instanceof OutOfMemoryError) {
            line.addKeyValue("reason", String.valueOf(cause.getMessage())).log("Could not answer a request: no memory");
        } else {
            line.setCause(cause).log("Could not answer a request");
        }
    }
}

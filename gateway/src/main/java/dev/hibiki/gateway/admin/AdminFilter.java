package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.http.Reply;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Keeps web pages away from the admin port. A browser on a machine that reaches the port sends what any page tells it to.
 * Stateless; all connections share it, before the router, so that an answer does not tell which paths there are.
 *
 * <ul>
 *   <li>A page may not read: its own host name can be made to lead to the admin port (DNS rebinding). The browser then sends
 *       that name as {@code Host}. So only addresses and known names are served, except at three paths for proxies, peers and
 *       supervisors, which tell nothing about clients.
 *   <li>A page may not change anything: a browser names it in {@code Origin}, and says in {@code Sec-Fetch-Site} how the two
 *       are related (Fetch Metadata, section 2.1). Both are absent when no browser sends the request.
 * </ul>
 */
@ChannelHandler.Sharable
public final class AdminFilter extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Set<String> FOR_ANY_HOST = Set.of("/healthz", "/readyz", "/intake");
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

    /** A host, of IPv6 in brackets, and perhaps a port (RFC 9110, section 7.2). */
    private static final Pattern AUTHORITY = Pattern.compile("(?:\\[([^\\[\\]]*)]|([^:\\[\\]]*))(?::[0-9]{0,5})?");

    private final Set<String> names;
    private final AdminRefusals refusals;

    /** @param names the host names by which the port may be reached, in lower case */
    public AdminFilter(Set<String> names, AdminRefusals refusals) {
        super(false);
        this.names = Set.copyOf(names);
        this.refusals = refusals;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        Reply refusal =
                request.decoderResult().isSuccess() ? refusal(ctx, request) : null; // Others: the router answers.
        if (refusal == null) {
            ctx.fireChannelRead(request);
            return;
        }
        try {
            refusal.send(ctx, request);
        } finally {
            ReferenceCountUtil.release(request);
        }
    }

    /** True when this filter passes the request on. */
    public boolean passes(HttpRequest request) {
        return reason(request) == null;
    }

    private @Nullable Reply refusal(ChannelHandlerContext ctx, HttpRequest request) {
        AdminRefusals.Reason reason = reason(request);
        if (reason == null) {
            return null;
        }
        if (reason == AdminRefusals.Reason.HOST) {
            refusals.refused(ctx.channel(), reason, request, "Host: " + String.join(", ", hosts(request)));
            return Reply.error(
                    HttpResponseStatus.FORBIDDEN,
                    "this Host is not known here (expected: an address, localhost, or a name given by --admin-name)");
        }
        refusals.refused(ctx.channel(), reason, request, "a page of another origin");
        return Reply.error(HttpResponseStatus.FORBIDDEN, "a page of another origin may not change anything here");
    }

    /** BodyAggregator has put the authority of an absolute target here. */
    private static List<String> hosts(HttpRequest request) {
        return request.headers().getAll(HttpHeaderNames.HOST);
    }

    private AdminRefusals.@Nullable Reason reason(HttpRequest request) {
        String path = request.uri().split("[?#]", 2)[0];
        if (!FOR_ANY_HOST.contains(path) && !hosts(request).stream().allMatch(this::isKnown)) {
            return AdminRefusals.Reason.HOST;
        }
        return !SAFE.contains(request.method()) && isFromAnotherPage(request, hosts(request))
                ? AdminRefusals.Reason.PAGE
                : null;
    }

    private boolean isKnown(String authority) {
        Matcher parts = AUTHORITY.matcher(authority);
        if (!parts.matches()) {
            return false;
        }
        if (parts.group(1) != null) {
            return NetUtil.isValidIpV6Address(parts.group(1));
        }
        String host = parts.group(2).toLowerCase(Locale.ROOT);
        return host.equals("localhost") || names.contains(host) || NetUtil.isValidIpV4Address(host);
    }

    private static boolean isFromAnotherPage(HttpRequest request, List<String> hosts) {
        List<String> sites = request.headers().getAll("sec-fetch-site");
        if (!sites.isEmpty() && !(sites.size() == 1 && OWN_SITES.contains(sites.get(0)))) {
            return true;
        }
        List<String> origins = request.headers().getAll(HttpHeaderNames.ORIGIN);
        return !origins.isEmpty()
                && !(origins.size() == 1
                        && hosts.size() == 1
                        && withoutDefaultPort(origins.get(0)).equals(withoutDefaultPort("http://" + hosts.get(0))));
    }

    private static String withoutDefaultPort(String origin) {
        return origin.toLowerCase(Locale.ROOT).replaceFirst(":(80)?$", "");
    }
}

package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.auth.AccessKeys;
import dev.hibiki.gateway.auth.Auth;
import dev.hibiki.gateway.config.GatewayConfig;
import dev.hibiki.gateway.http.BearerToken;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that requests on the admin port need. Thread-safe.
 *
 * @param publishers the keys of publishers
 * @param operators the keys of operators
 * @param onLoopback true when only this machine reaches the admin port
 * @param keyForMetrics true when {@code /metrics} needs a key of operators
 */
public record AdminAccess(
        AccessKeys publishers,
        AccessKeys operators,
        boolean onLoopback,
        boolean keyForMetrics,
        AdminRefusals refusals) {
    private static final int SMALL_BODY_BYTES = 4096;

    private static final Logger log = LoggerFactory.getLogger(AdminAccess.class);

    /** What a request asks for. */
    public enum Right {
        PUBLISH,
        SESSIONS,
        DRAIN,
        METRICS
    }

    /** The rules of a gateway. */
    public static AdminAccess of(GatewayConfig config, Auth auth, AdminRefusals refusals) {
        return new AdminAccess(
                auth.publishKeys(),
                auth.adminKeys(),
                config.admin().isLoopback(),
                config.auth().admin().keyForMetrics(),
                refusals);
    }

    /** An endpoint that only requests with this right reach. */
    public Endpoint requiring(Right right, Endpoint endpoint) {
        return (ctx, request, path) -> {
            Reply refusal = refusal(right, ctx, request);
            if (refusal == null) {
                endpoint.handle(ctx, request, path);
            } else {
                refusal.send(ctx, request);
            }
        };
    }

    /** True for a small body, and for that of a request to publish which has the right to do so. Other bodies are not read. */
    public boolean wantsBody(HttpRequest request) {
        if (HttpUtil.getContentLength(request, Long.MAX_VALUE) <= SMALL_BODY_BYTES) {
            return true;
        }
        String key = BearerToken.of(request);
        return request.uri().startsWith(PublishEndpoint.PREFIX)
                && (!needsKey(Right.PUBLISH) || (key != null && publishers.contains(key)));
    }

    /** The answer when the request does not have the right; null when it has. */
    @Nullable Reply refusal(Right right, ChannelHandlerContext ctx, HttpRequest request) {
        if (!needsKey(right)) {
            return null;
        }
        if (right == Right.SESSIONS && !operators.areConfigured()) {
            return refuse(
                    ctx,
                    request,
                    HttpResponseStatus.FORBIDDEN,
                    "off loopback, this path needs a key, and none is configured (--admin-key or --admin-key-file)");
        }
        String key = BearerToken.of(request);
        if (key == null) {
            return refuse(ctx, request, HttpResponseStatus.UNAUTHORIZED, "Authorization: Bearer KEY is missing")
                    .header(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer"); // RFC 6750, section 3.
        }
        if (opens(right, key)) {
            return null;
        }
        return refuse(
                        ctx,
                        request,
                        HttpResponseStatus.UNAUTHORIZED,
                        right == Right.PUBLISH ? "wrong publish key" : "wrong admin key")
                .header(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
    }

    private boolean needsKey(Right right) {
        return switch (right) {
            case PUBLISH -> publishers.areConfigured();
            case SESSIONS -> operators.areConfigured() || !onLoopback;
            case DRAIN -> operators.areConfigured() || publishers.areConfigured();
            case METRICS -> keyForMetrics;
        };
    }

    /** Where the key of a request to publish is configured; null without a key. */
    @Nullable String publisherOf(HttpRequest request) {
        String key = BearerToken.of(request);
        return key == null ? null : publishers.nameOf(key);
    }

    /** The key that this right needs, in words for an operator. */
    public String keyFor(Right right) {
        if (!needsKey(right)) {
            return "no key";
        }
        if (right == Right.PUBLISH) {
            return "a publish key";
        }
        return operators.areConfigured() ? "an admin key" : "an admin key; none is configured, see --admin-key";
    }

    private boolean opens(Right right, String key) {
        boolean ofPublisher = publishers.contains(key);
        boolean ofOperator = operators.contains(key);
        if (right == Right.DRAIN && ofPublisher && !ofOperator) {
            log.info("A key of publishers has opened /drain. The next release does not accept it: use --admin-key");
            return true;
        }
        return right == Right.PUBLISH ? ofPublisher : ofOperator;
    }

    private Reply refuse(ChannelHandlerContext ctx, HttpRequest request, HttpResponseStatus status, String why) {
        refusals.refused(ctx.channel(), AdminRefusals.Reason.KEY, request, why);
        return Reply.error(status, why);
    }
}

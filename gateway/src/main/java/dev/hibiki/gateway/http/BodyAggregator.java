package dev.hibiki.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Joins a request and its body. Confined to its event loop. A body that is too large is refused with an error in JSON. The
 * rest of that body is read and dropped, so that a client that is still sending can read the answer.
 */
public final class BodyAggregator extends HttpObjectAggregator {
    /** @param maxBytes the limit for a body */
    public BodyAggregator(int maxBytes) {
        super(maxBytes);
    }

    @Override
    protected void handleOversizedMessage(ChannelHandlerContext ctx, HttpMessage oversized) throws Exception {
        if (oversized instanceof HttpRequest request) {
            Reply.error(
                            HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                            "the body is too large (expected: at most " + maxContentLength() + " bytes)")
                    .send(ctx, request);
        } else {
            super.handleOversizedMessage(ctx, oversized);
        }
    }
}

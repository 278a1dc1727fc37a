package dev.hibiki.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Puts a request and its body together; one that is too large is answered as every other refusal, with the reason. The rest
 * of the body is read and dropped, so that a client that is still sending gets to see the answer.
 */
public final class BodyAggregator extends HttpObjectAggregator {
    /** @param maxBytes the largest body */
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

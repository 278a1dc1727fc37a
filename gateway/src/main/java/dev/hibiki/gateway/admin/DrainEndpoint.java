package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

/** {@code POST /drain}: sends the clients away and ends the gateway. Answers at once. */
public final class DrainEndpoint implements Endpoint {
    private final Runnable drain;
    private final PublishAccess key;

    /** @param drain returns at once; may run more than once */
    public DrainEndpoint(Runnable drain, PublishAccess key) {
        this.drain = drain;
        this.key = key;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        Reply refusal = key.refusal(request);
        if (refusal == null) {
            drain.run();
            Reply.text(HttpResponseStatus.ACCEPTED, "draining").send(ctx, request);
        } else {
            refusal.send(ctx, request);
        }
    }
}

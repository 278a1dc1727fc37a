package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import dev.hibiki.gateway.ingress.SourceHealth;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Supplier;

/** 200 when all is well, 503 when not, and in both cases why. */
public final class HealthEndpoint implements Endpoint {
    private final Supplier<SourceHealth> state;

    public HealthEndpoint(Supplier<SourceHealth> state) {
        this.state = state;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        SourceHealth now = state.get();
        HttpResponseStatus status = now.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE;
        Reply.text(status, (now.ready() ? "ok: " : "not ready: ") + now.detail())
                .send(ctx, request);
    }
}

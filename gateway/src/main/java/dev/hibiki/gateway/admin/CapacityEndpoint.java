package dev.hibiki.gateway.admin;

import dev.hibiki.gateway.drain.Capacity;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.JsonText;
import dev.hibiki.gateway.http.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Supplier;

/** {@code GET /intake}: an {@link Capacity} as JSON, for a gateway that sends its clients here. */
public final class CapacityEndpoint implements Endpoint {
    private final Supplier<Capacity> intake;

    public CapacityEndpoint(Supplier<Capacity> intake) {
        this.intake = intake;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        Capacity now = intake.get();
        Reply.json(
                        HttpResponseStatus.OK,
                        JsonText.write(json -> json.writeStartObject()
                                .writeBooleanProperty("ready", now.ready())
                                .writeNumberProperty("weight", now.weight())
                                .writeNumberProperty("handshake_rate", now.handshakeRate())
                                .writeNumberProperty("over_budget", now.overBudget())
                                .writeEndObject()))
                .send(ctx, request);
    }
}

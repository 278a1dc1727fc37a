package dev.hibiki.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.function.Supplier;

/** {@code GET /intake}: an {@link Intake} as JSON, for a gateway that sends its clients here. */
public final class IntakeEndpoint implements Endpoint {
    private final Supplier<Intake> intake;

    public IntakeEndpoint(Supplier<Intake> intake) {
        this.intake = intake;
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        Intake now = intake.get();
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

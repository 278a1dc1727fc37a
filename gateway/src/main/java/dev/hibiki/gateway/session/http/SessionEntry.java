package dev.hibiki.gateway.session.http;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.metrics.GatewayMetrics;
import dev.hibiki.gateway.session.ClientProfile;
import dev.hibiki.gateway.session.Protocol;
import dev.hibiki.gateway.session.Session;
import dev.hibiki.gateway.session.Sessions;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * The way from a request to a session, the same for every protocol. Thread-safe.
 *
 * @param admission decides which clients get a session, and how many
 * @param refusals counts and logs the others
 * @param origins the pages that may connect
 * @param swap turns the HTTP pipeline into that of a session
 */
public record SessionEntry(
        Admission admission,
        Refusals refusals,
        Origins origins,
        Sessions sessions,
        SessionSwap swap,
        GatewayMetrics metrics) {
    /** Refuses new sessions while the gateway ends. */
    public void requireNotEnding() throws RefusedException {
        if (sessions.isEnding()) {
            throw RefusedException.ending();
        }
    }

    /** Refuses pages that are not on the list of origins. */
    public void requireAllowedOrigin(HttpRequest request) throws RefusedException {
        if (!origins.allows(request)) {
            throw new RefusedException(
                    Refusal.ORIGIN,
                    "pages of this origin may not connect (expected: an Origin that --allowed-origin lists)");
        }
    }

    /**
     * Checks the token, reads the query, and takes from the budgets of new sessions, in this order.
     *
     * @param lastId the last event that the client has seen, where a header is newer than the query; else null
     * @throws RefusedException when the client gets no session
     */
    public StreamRequest admit(Channel channel, HttpRequest request, @Nullable String lastId) throws RefusedException {
        Grant grant = admission.authenticate(channel, request);
        StreamRequest asked =
                StreamRequest.read(request, sessions, grant, lastId, query -> admission.noteParameters(channel, query));
        admission.admit(channel, grant);
        return asked;
    }

    /**
     * Counts the handshake, answers it, and lets a session begin. Called while the HTTP codec delivers the request.
     *
     * @param status of the answer
     * @param answer all bytes before those of the session; ownership is taken
     */
    public void open(ChannelHandlerContext ctx, int status, ByteBuf answer, Protocol protocol, StreamRequest asked) {
        metrics.handshake(status);
        ClientProfile profile = new ClientProfile(protocol, asked.region(), asked.userAgent());
        swap.swap(ctx, answer, new Session(sessions.loopOf(ctx.channel()), profile), asked);
    }
}

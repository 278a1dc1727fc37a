package dev.hibiki.gateway.session;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Admission;
import dev.hibiki.gateway.edge.Refusal;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for that wants a stream of events, whatever protocol the stream has. Immutable.
 *
 * @param client the label its connection counts under, and its user agent
 * @param grant what it was let in with; null where nothing is asked for
 */
public record StreamRequest(
        Selection selection, ClientTraits client, @Nullable Grant grant) {
    /**
     * Reads the query and the headers of a client that is admitted.
     *
     * @param lastId the last event that the client has seen, where something newer than the query says so; else null
     * @throws RefusedException when no session may begin
     */
    public static StreamRequest admit(
            Admission admission, Sessions sessions, Channel channel, HttpRequest request, @Nullable String lastId)
            throws RefusedException {
        Grant grant = admission.authenticate(channel, request);
        StreamRequest asked = read(request, sessions, grant, lastId);
        admission.admit(channel, grant);
        return asked;
    }

    private static StreamRequest read(
            HttpRequest request, Sessions sessions, @Nullable Grant grant, @Nullable String lastId)
            throws RefusedException {
        ChannelTable channels = sessions.channels();
        try {
            Map<String, List<String>> query = new QueryStringDecoder(request.uri()).parameters();
            List<String> lastIds = lastId == null ? query.get("last_id") : List.of(lastId);
            Selection selection =
                    Selection.of(channels, sessions.maxTopics(), query.get("channel"), query.get("region"), lastIds);
            return new StreamRequest(
                    grant == null
                            ? selection
                            : selection.within(grant, channels, sessions.maxTopics(), query.containsKey("channel")),
                    new ClientTraits(
                            sessions.regions().of(request.headers().get(Refusals.REGION_HEADER)),
                            request.headers().get(HttpHeaderNames.USER_AGENT)),
                    grant);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Refusal.MALFORMED, "malformed query: " + e.getMessage());
        }
    }
}

package dev.hibiki.gateway.http;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.hub.ChannelTable;
import dev.hibiki.gateway.session.ClientTraits;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.Sessions;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
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
    static final String REGION_HEADER = "x-region";

    /**
     * Reads the query and the headers.
     *
     * @param grant what the client was let in with, which bounds what it gets
     * @param lastId the last event that the client has seen, where something newer than the query says so; else null
     */
    static StreamRequest read(
            HttpRequest request,
            ChannelTable channels,
            Sessions sessions,
            @Nullable Grant grant,
            @Nullable String lastId)
            throws RefusedException {
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
                            sessions.regions().of(request.headers().get(REGION_HEADER)),
                            request.headers().get(HttpHeaderNames.USER_AGENT)),
                    grant);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(HttpResponseStatus.BAD_REQUEST, "malformed query: " + e.getMessage());
        } catch (Selection.RefusedException e) {
            sessions.refused(e.refusal());
            throw RefusedException.of(e);
        }
    }
}

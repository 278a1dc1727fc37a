package dev.hibiki.gateway.session.http;

import dev.hibiki.gateway.auth.Grant;
import dev.hibiki.gateway.channels.ChannelTable;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.edge.RefusedException;
import dev.hibiki.gateway.edge.RegionLabels;
import dev.hibiki.gateway.edge.StreamQuery;
import dev.hibiki.gateway.session.Selection;
import dev.hibiki.gateway.session.Sessions;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request for a stream of events, in any protocol, that was admitted. Immutable.
 *
 * @param region the region label of the connection
 * @param userAgent of the client; null without one
 * @param grant the grant of the client's token; null when the gateway requires no tokens
 */
public record StreamRequest(
        Selection selection,
        RegionLabels.Label region,
        @Nullable String userAgent,
        @Nullable Grant grant) {
    /**
     * Reads the query and the headers.
     *
     * @param queries takes the query
     * @param lastId the id of the last event that the client has seen, when a header names it; null to use the query
     */
    static StreamRequest read(
            HttpRequest request,
            Sessions sessions,
            @Nullable Grant grant,
            @Nullable String lastId,
            Consumer<StreamQuery> queries)
            throws RefusedException {
        ChannelTable channels = sessions.channels();
        StreamQuery query = StreamQuery.of(request);
        queries.accept(query);
        List<String> lastIds = lastId == null ? query.lastIds() : List.of(lastId);
        List<String> named = query.all("channel");
        Selection selection = Selection.of(channels, grant, sessions.maxTopics(), named, query.all("region"), lastIds);
        return new StreamRequest(
                grant == null ? selection : selection.permittedBy(grant, channels, sessions.maxTopics(), named != null),
                sessions.regions().of(request.headers().get(Refusals.REGION_HEADER)),
                request.headers().get(HttpHeaderNames.USER_AGENT),
                grant);
    }
}

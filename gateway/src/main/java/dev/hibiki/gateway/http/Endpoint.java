package dev.hibiki.gateway.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;

/** Answers the requests for one path. Called on the connection's event loop. */
public interface Endpoint {
    /**
     * @param request borrowed: retain it to use it after this call
     * @param path the decoded path, without the query
     */
    void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path);
}

package dev.hibiki.gateway.demo;

import dev.hibiki.gateway.edge.Origins;
import dev.hibiki.gateway.edge.Refusals;
import dev.hibiki.gateway.http.Endpoint;
import dev.hibiki.gateway.http.Reply;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Serves one file of the demo page, or the client library, which is read from the jar once. Immutable. */
public final class PageEndpoint implements Endpoint {
    /**
     * Allows no inline code, and nothing from other hosts except pictures. So markup in the title of an event can neither
     * run code nor send data. {@code 'self'} includes WebSockets to the page's own host (CSP 3, section 6.7.2.8).
     */
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " connect-src 'self'; img-src 'self' https: data:; base-uri 'none'; form-action 'none';"
            + " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static final String SCRIPT = "text/javascript; charset=utf-8";

    private final String contentType;
    private final byte[] content;
    private final @Nullable Origins importers;

    private PageEndpoint(String contentType, byte[] content, @Nullable Origins importers) {
        this.contentType = contentType;
        this.content = content;
        this.importers = importers;
    }

    /**
     * The client library, which pages of these origins may import.
     *
     * @param file its name in the folder {@code page} next to this class
     */
    public static Endpoint library(String file, Origins importers, Refusals refusals) {
        PageEndpoint library = new PageEndpoint(SCRIPT, read(file), importers);
        return (ctx, request, path) -> {
            if (!importers.allows(request)) {
                refusals.hiddenByBrowser(ctx, request, path);
            }
            library.handle(ctx, request, path);
        };
    }

    public static PageEndpoint script(String file) {
        return of(file, SCRIPT);
    }

    /** @param file its name in the folder {@code page} next to this class */
    public static PageEndpoint of(String file, String contentType) {
        return new PageEndpoint(contentType, read(file), null);
    }

    private static byte[] read(String file) {
        String name = "page/" + file;
        try (InputStream in = PageEndpoint.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("missing from the jar: " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void handle(ChannelHandlerContext ctx, FullHttpRequest request, String path) {
        Reply reply = Reply.of(HttpResponseStatus.OK, contentType, content)
                .header(HttpHeaderNames.CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)
                .header(HttpHeaderNames.CACHE_CONTROL, "no-cache")
                .header("cross-origin-opener-policy", "same-origin")
                .header("x-frame-options", "DENY");
        if (importers != null) {
            // Caches must keep the answers for several origins apart, and that for no origin too (Fetch, section
            // 3.3.5).
            reply.header(HttpHeaderNames.VARY, "Origin").header("cross-origin-resource-policy", "cross-origin");
            importers.cors(request).forEach(reply::header);
        }
        reply.send(ctx, request);
    }
}

package dev.hibiki.gateway.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the head of a request must say, and may not say, whoever it is for (RFC 9110 and 9112). Stateless. What
 * {@link HeadGrammar} and Netty's decoder have refused does not come here.
 */
final class RequestRules {
    private static final String IDENTITY = HttpHeaderValues.IDENTITY.toString();

    private RequestRules() {}

    /**
     * Checks the head of a request, and gives its target the origin form.
     *
     * @param maxBodyBytes the limit for a body
     * @return the answer to a request that breaks a rule; null when it breaks none
     */
    static @Nullable Reply refusal(HttpRequest request, int maxBodyBytes) {
        HttpVersion version = request.protocolVersion();
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return Reply.error(
                    HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED, version + " (expected: HTTP/1.1 or HTTP/1.0)");
        }
        if (request.method().equals(HttpMethod.CONNECT)) {
            return Reply.error(HttpResponseStatus.NOT_IMPLEMENTED, "this server is not a proxy (expected: a path)");
        }
        String problem = RequestTarget.normalize(request);
        if (problem != null) {
            return Reply.error(HttpResponseStatus.BAD_REQUEST, problem);
        }
        Reply refusal = framing(request.headers());
        return refusal == null ? body(request, maxBodyBytes) : refusal;
    }

    /** Where the body ends (RFC 9112, section 6). */
    private static @Nullable Reply framing(HttpHeaders headers) {
        // Netty has checked that the last coding is chunked, and that there is no length beside it.
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (!codings.isEmpty()
                && !(codings.size() == 1 && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(codings.get(0)))) {
            return Reply.error(HttpResponseStatus.NOT_IMPLEMENTED, "Transfer-Encoding (expected: chunked)");
        }
        if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)
                && headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY2)) {
            // For Netty, such a request has a body of 8 bytes, which nothing else says (a draft of 2010).
            return Reply.error(HttpResponseStatus.BAD_REQUEST, "Sec-WebSocket-Key1 (expected: Sec-WebSocket-Key)");
        }
        return null;
    }

    private static @Nullable Reply body(HttpRequest request, int maxBytes) {
        HttpHeaders headers = request.headers();
        // An expectation of HTTP/1.0 is ignored (RFC 9110, section 10.1.1).
        if (request.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && !allAre(headers.getAll(HttpHeaderNames.EXPECT), HttpHeaderValues.CONTINUE.toString())) {
            return Reply.error(HttpResponseStatus.EXPECTATION_FAILED, "Expect (expected: 100-continue)");
        }
        if (hasBody(request) && !allAre(headers.getAll(HttpHeaderNames.CONTENT_ENCODING), IDENTITY)) {
            return Reply.error(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "Content-Encoding (expected: none)")
                    .header(HttpHeaderNames.ACCEPT_ENCODING, IDENTITY);
        }
        return HttpUtil.getContentLength(request, 0L) > maxBytes ? tooLarge(maxBytes) : null;
    }

    private static boolean allAre(List<String> values, String expected) {
        return values.stream().allMatch(expected::equalsIgnoreCase);
    }

    /** Whether a body comes; it may be empty. */
    static boolean hasBody(HttpRequest request) {
        return request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
                || HttpUtil.getContentLength(request, 0L) > 0;
    }

    /** The answer to a request whose body is longer than this. */
    static Reply tooManyBodies() {
        return Reply.error(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        "too many bodies are arriving at once, and there is no memory for this one")
                .header(HttpHeaderNames.RETRY_AFTER, "1");
    }

    static Reply tooLarge(int maxBytes) {
        return Reply.error(
                HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
                "the body is too large (expected: at most " + maxBytes + " bytes)");
    }
}

package dev.hibiki.gateway.event;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Makes the id of an event from its content, so that all gateways that get the event know it by the same id. Not thread-safe,
 * since it reuses its digest.
 *
 * <p>The id is the first 64 bits of SHA-256 over the channel, a zero byte and the payload without its byte order mark, as 11 characters of base64url. A
 * payload that is published twice has the same id twice. So nobody may drop an event because its id was seen before.
 */
public final class ContentIds {
    private static final int BYTES = 8;

    private final MessageDigest sha256;

    public ContentIds() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("a Java without SHA-256", e); // Each has it, as its class comment promises.
        }
    }

    /**
     * The id of an event.
     *
     * @param channel the concrete channel, not the pattern that matches it
     * @param payload as published; borrowed
     */
    public String of(String channel, byte[] payload) {
        sha256.update(channel.getBytes(StandardCharsets.UTF_8));
        sha256.update((byte) 0);
        int mark = ByteOrderMark.length(payload);
        sha256.update(payload, mark, payload.length - mark);
        byte[] digest = sha256.digest();
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, BYTES));
    }
}

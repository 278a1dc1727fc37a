package dev.hibiki.gateway.auth;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a token that was verified gives. Immutable. */
public final class Grant {
    /** Verifying takes time on the loop: nobody gets to have it done more often for one connection. */
    private static final long MIN_RENEWAL_INTERVAL_MS = 1_000;

    private final Authenticator authenticator;
    private final @Nullable String subject;
    private final Rights rights;
    private final long verifiedAtMs;
    private final long expiresAtMs;

    Grant(Authenticator authenticator, @Nullable String subject, Rights rights, long verifiedAtMs, long expiresAtMs) {
        this.authenticator = authenticator;
        this.subject = subject;
        this.rights = rights;
        this.verifiedAtMs = verifiedAtMs;
        this.expiresAtMs = expiresAtMs;
    }

    /** Whose it is; null when the token does not say. */
    public @Nullable String subject() {
        return subject;
    }

    public Rights rights() {
        return rights;
    }

    public boolean hasExpired(long nowMs) {
        return nowMs >= expiresAtMs;
    }

    /** For how long it is still good, rounded down. */
    public long secondsLeft() {
        return Math.max(0, (expiresAtMs - authenticator.nowMs()) / 1_000);
    }

    /** True when it was verified too short a time ago to have another token verified in its place. */
    public boolean isTooYoungToRenew() {
        return authenticator.nowMs() - verifiedAtMs < MIN_RENEWAL_INTERVAL_MS;
    }

    /** What another token of the same subject gives. */
    public Grant renew(String token) throws TokenException {
        Grant renewed = authenticator.verify(token);
        if (!Objects.equals(renewed.subject, subject)) {
            throw new TokenException(TokenException.Reason.CLAIMS, "the token is somebody else's");
        }
        return renewed;
    }
}

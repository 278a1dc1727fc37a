package dev.hibiki.gateway.auth;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The result of a verified token: its subject, its rights and its expiry. Immutable. */
public final class Grant {
    /** Limits how often one client can make the event loop verify a token. */
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

    /** The user; null when the token has no subject. */
    public @Nullable String subject() {
        return subject;
    }

    public Rights rights() {
        return rights;
    }

    public boolean hasExpired() {
        return authenticator.nowMs() >= expiresAtMs;
    }

    /** The time until it expires, rounded down. */
    public long secondsLeft() {
        return Math.max(0, (expiresAtMs - authenticator.nowMs()) / 1_000);
    }

    /** True when this grant is so new that its client may not renew it yet. */
    public boolean isTooNewToRenew() {
        return authenticator.nowMs() - verifiedAtMs < MIN_RENEWAL_INTERVAL_MS;
    }

    /**
     * Verifies another token of the same subject.
     *
     * @return its grant
     */
    public Grant renew(String token) throws TokenException {
        Grant renewed = authenticator.verify(token);
        if (!Objects.equals(renewed.subject, subject)) {
            throw new TokenException(
                    TokenException.Reason.CLAIMS, "the new token has another user (sub) than the first one");
        }
        return renewed;
    }
}

package dev.hibiki.gateway.auth;

import java.util.Locale;

/** A token is missing or not valid. The message gives the reason, may be shown to the client, and repeats no part of the token. */
public final class TokenException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The reason. Metrics use its label. */
    public enum Reason {
        MISSING("a token is missing"),
        MALFORMED("this is not a signed JWT"),
        ALGORITHM("no key is for this algorithm"),
        UNKNOWN_KEY("no key has this kid"),
        SIGNATURE("wrong signature"),
        EXPIRED("the token has expired"),
        NOT_YET("the token is not valid yet"),
        ISSUER("wrong issuer"),
        AUDIENCE("wrong audience"),
        CLAIMS("malformed claims"),
        /** The key of the token is not known yet; keys are being fetched. */
        KEYS_AWAITED("the key of this token is not known yet, try again later");

        private final String words;

        Reason(String words) {
            this.words = words;
        }

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Reason reason;

    public TokenException(Reason reason) {
        this(reason, reason.words);
    }

    TokenException(Reason reason, String message) {
        super(message, null, false, false);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** True when the same token may be valid a little later. */
    public boolean isTemporary() {
        return reason == Reason.KEYS_AWAITED;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }
}

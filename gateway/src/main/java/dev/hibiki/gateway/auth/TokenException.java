package dev.hibiki.gateway.auth;

import java.util.Locale;

/** A token is missing or not valid. The message gives the reason, may be shown to the client, and repeats no part of the token. */
public final class TokenException extends Exception {
    private static final long serialVersionUID = 1L;

    /** The reason. Metrics use its label. */
    public enum Reason {
        MISSING("a token is missing"),
        MALFORMED("this is not a signed JWT"),
        ALGORITHM("the gateway has no key for the algorithm of this token"),
        UNKNOWN_KEY("the gateway has no key with the kid of this token"),
        SIGNATURE("the signature of the token is wrong: it was made with another key"),
        EXPIRED("the token has expired"),
        NOT_YET("the token is not valid yet"),
        ISSUER("the token has another issuer (iss) than this gateway expects"),
        AUDIENCE("the token is for another audience (aud) than this gateway"),
        CLAIMS("the claims of the token are not valid"),
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

    public TokenException(Reason reason, String message) {
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

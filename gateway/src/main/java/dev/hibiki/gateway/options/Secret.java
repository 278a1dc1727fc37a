package dev.hibiki.gateway.options;

/** A text that must not get into logs. Immutable. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}

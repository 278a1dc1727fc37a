package dev.hibiki.gateway.config;

/** What must not get into logs. Immutable. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}

package dev.hibiki.gateway.ingress;

/**
 * Whether events can arrive.
 *
 * @param ready true when every channel's events reach this gateway
 * @param detail one line for people: what it is connected to, or what it waits for
 */
public record SourceHealth(boolean ready, String detail) {}

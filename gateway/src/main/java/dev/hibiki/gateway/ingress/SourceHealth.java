package dev.hibiki.gateway.ingress;

/**
 * Tells whether events can arrive.
 *
 * @param ready true when the events of every channel reach this gateway
 * @param detail one line for people: what the source is connected to, or what it waits for
 */
public record SourceHealth(boolean ready, String detail) {}

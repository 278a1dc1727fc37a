package dev.hibiki.gateway.drain;

/**
 * What a gateway tells of the new clients that it takes.
 *
 * @param ready whether it takes any
 * @param weight which share of what it could take at best, in percent, as in HAProxy's agent-check
 * @param handshakeRate how many sessions may begin a second; 0 for no limit
 * @param overBudget how many were refused because of that rate since it started
 */
public record Capacity(boolean ready, int weight, int handshakeRate, long overBudget) {}

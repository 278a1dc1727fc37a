package dev.hibiki.gateway.drain;

/**
 * How many new clients a gateway can take, as {@code GET /intake} reports.
 *
 * @param ready whether it takes clients
 * @param weight the share of its best capacity, in percent, as in HAProxy's agent-check
 * @param handshakeRate how many sessions may begin per second; 0 for no limit
 * @param overBudget how many clients it has refused because of that rate since it started
 */
public record Capacity(boolean ready, int weight, int handshakeRate, long overBudget) {}

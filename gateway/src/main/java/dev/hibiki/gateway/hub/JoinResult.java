package dev.hibiki.gateway.hub;

import org.jspecify.annotations.Nullable;

/**
 * The point where a subscription began.
 *
 * @param lastId the id of the last event before it, from which a client that leaves before the first event would resume;
 *     null when there was none
 */
public record JoinResult(ResumeOutcome resumed, @Nullable String lastId) {}

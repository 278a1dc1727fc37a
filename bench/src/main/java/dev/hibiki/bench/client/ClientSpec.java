package dev.hibiki.bench.client;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One client to be: the index of its region, whether its payloads' time stamps are read, the address it connects from, and
 * for how long it stays (for ever: {@link Long#MAX_VALUE}). {@code bytes} is what one that resumes reads before it leaves.
 */
record ClientSpec(
        Role role, int region, boolean sampled, @Nullable InetSocketAddress local, long lifetimeNs, long bytes) {}

package dev.hibiki.gateway.hub;

import java.util.HashSet;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A channel whose progress a test makes. */
final class TestProgress implements ChannelProgress {
    private final String order;
    boolean loaded;
    /** Ids are times and numbers, as those of streams. */
    boolean isTimed;
    /** The ids that are perhaps still to come. */
    final Set<String> expected = new HashSet<>();

    TestProgress(String order) {
        this.order = order;
    }

    @Override
    public boolean isLoaded() {
        return loaded;
    }

    @Override
    public @Nullable BooleanSupplier await(String id) {
        return expected.contains(id) ? () -> !expected.contains(id) : null;
    }

    @Override
    public @Nullable String concurrent(String id) {
        return isTimed && !id.endsWith("-0") ? id.replaceFirst("-\\d+$", "-0") : null;
    }

    @Override
    public Object order() {
        return order;
    }
}

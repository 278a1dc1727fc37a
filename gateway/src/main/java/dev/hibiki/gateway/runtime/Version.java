package dev.hibiki.gateway.runtime;

import org.jspecify.annotations.Nullable;

/** The versions of this program and of its Java. Stateless. */
public final class Version {
    private Version() {}

    /** The version in the manifest of the jar; {@code development} without a jar. */
    public static String current() {
        @Nullable String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** Such as {@code 17.0.12}. */
    public static String java() {
        return Runtime.version().toString().replaceFirst("[-+].*", "");
    }
}

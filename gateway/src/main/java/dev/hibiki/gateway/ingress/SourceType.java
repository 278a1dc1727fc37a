package dev.hibiki.gateway.ingress;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A kind of source, registered in {@code plugins.Plugins}. It brings its own options, and makes of their values a
 * {@link SourceFactory}. Stateless.
 *
 * <p>A new kind of source is one package with at least two classes: this type and its {@link EventSource}. The factory can
 * be a lambda or a record in the type, and the source can be its own {@link Publisher}.
 */
public interface SourceType {
    /** Returns the name that {@code --source} takes, in lower case. */
    String name();

    /** Returns what {@code --help} says of channels with this source, without a full stop. */
    String description();

    /** Returns the options that this type reads. Types may share an option. */
    List<Option> options();

    /**
     * Reads the options of this type. Called when {@code --source} names it.
     *
     * @return null when the options name no source; then the gateway delivers what is published over HTTP
     */
    @Nullable SourceFactory configure(Values values) throws ConfigException;

    /** Checks the options of this type while {@code --source} names another one: a wrong value is an error then too. */
    default void check(Values values) throws ConfigException {}
}

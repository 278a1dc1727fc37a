package dev.hibiki.gateway.options;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One option: a flag {@code --some-name}, an environment variable {@code HIBIKI_SOME_NAME}, and a key {@code some-name} of
 * a properties file. Immutable. An enum of options has to implement four methods; a single option comes from {@link #of}.
 */
public interface Option {
    /** Returns the name in upper case with underscores, such as {@code SOME_NAME}. */
    String name();

    /** Returns the heading under which {@code --help} shows the option. */
    OptionGroup group();

    /** Returns the word that stands for the value in {@code --help}. */
    String valueName();

    /** Returns the default as an operator would write it; null when the option has none. */
    @Nullable String defaultText();

    /** Returns the description in {@code --help}. */
    String description();

    /** Returns the key in a properties file. */
    default String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the command line flag. */
    default String flag() {
        return "--" + key();
    }

    /** Returns the environment variable. */
    default String variable() {
        return "HIBIKI_" + name();
    }

    /** Returns true when the flag may be given several times; the values are joined by commas. */
    default boolean isRepeatable() {
        return false;
    }

    default Secrecy secrecy() {
        return Secrecy.NONE;
    }

    /** The part of a value that logs, errors and {@code --print-config} must not show. */
    enum Secrecy {
        NONE,
        /** The value is an address, which may hold a password. */
        PASSWORD,
        WHOLE
    }

    /** Returns an option that is given once and holds no secret. */
    static Option of(
            OptionGroup group, String name, String valueName, @Nullable String defaultText, String description) {
        return of(group, name, valueName, defaultText, description, Secrecy.NONE);
    }

    /** Returns an option that is given once. */
    static Option of(
            OptionGroup group,
            String name,
            String valueName,
            @Nullable String defaultText,
            String description,
            Secrecy secrecy) {
        record SingleOption(
                OptionGroup group,
                String name,
                String valueName,
                @Nullable String defaultText,
                String description,
                Secrecy secrecy)
                implements Option {}
        return new SingleOption(group, name, valueName, defaultText, description, secrecy);
    }
}

package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The flags of a command line, as {@code --flag value} or {@code --flag=value}. Confined to one thread. */
final class CommandLine {
    private static final String LIST = "--help lists all options";

    private final Map<String, Option> known = new HashMap<>();
    private final Map<Option, String> given = new HashMap<>();
    /** The option whose value was read last. */
    private @Nullable Option last;

    /**
     * Reads the flags.
     *
     * @param options the options beside {@link CommandOption}
     */
    CommandLine(List<Option> options, String... arguments) throws ConfigException {
        Stream.concat(options.stream(), Stream.of(CommandOption.values()))
                .forEach(option -> known.put(option.flag(), option));
        // Somebody who asks for help gets it, whatever else is wrong.
        int from = Math.max(0, List.of(arguments).indexOf(CommandOption.HELP.flag()));
        int next = from;
        while (next < arguments.length && !given.containsKey(CommandOption.HELP)) {
            next = read(arguments, next);
        }
    }

    /** Returns the value of the flag, with several values joined by commas; null when the flag is not given. */
    @Nullable String value(Option option) {
        return given.get(option);
    }

    boolean has(CommandOption option) {
        return given.containsKey(option);
    }

    /** Reads the flag at this index and returns the index of the next one. */
    private int read(String[] arguments, int index) throws ConfigException {
        String argument = arguments[index];
        int equals = argument.indexOf('=');
        String flag = equals < 0 ? argument : argument.substring(0, equals);
        Option option = known.get(flag);
        if (option == null) {
            throw argument.startsWith("-") && argument.length() > 1 ? unknown(flag) : stray(argument);
        }
        if (option.valueName().isEmpty()) {
            if (equals >= 0) {
                throw new ConfigException(flag + " takes no value (expected: " + flag + " alone)");
            }
            put(option, "");
            return index + 1;
        }
        if (equals >= 0) {
            put(option, argument.substring(equals + 1));
            return index + 1;
        }
        boolean hasValue = index + 1 < arguments.length && !arguments[index + 1].startsWith("--");
        if (option == CommandOption.HELP && !hasValue) {
            put(option, "");
            return index + 1;
        }
        if (!hasValue) {
            throw new ConfigException(flag + " has no value (expected: " + flag + " "
                    + (option.valueName().equals("BOOLEAN") ? "true or " + flag + " false" : option.valueName()) + ")");
        }
        put(option, arguments[index + 1]);
        return index + 2;
    }

    private void put(Option option, String value) throws ConfigException {
        last = option;
        String before = given.put(option, value);
        if (before == null) {
            return;
        }
        if (!option.isRepeatable()) {
            throw new ConfigException(option.flag() + " is given twice (expected: once)");
        }
        given.put(option, before + "," + value);
    }

    private ConfigException unknown(String flag) {
        return new ConfigException(
                flag + " is not an option" + NearestName.hint(flag, known.keySet()) + " (" + LIST + ")");
    }

    private ConfigException stray(String argument) {
        String text = "\"" + Values.withoutPassword(argument) + "\"";
        if (last == null || last.valueName().isEmpty()) {
            return new ConfigException(text + " is not an option (expected: --OPTION VALUE; " + LIST + ")");
        }
        String more = last.isRepeatable()
                ? "commas between values, or " + last.flag() + " before each"
                : "an option, or quotes around a value with blanks";
        return new ConfigException(
                text + " follows the value of " + last.flag() + " (expected: " + more + "; " + LIST + ")");
    }
}

package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The flags of a command line, as {@code --flag value} or {@code --flag=value}. Picocli reads them. Immutable. */
final class Flags {
    private static final String LIST = "--help lists all options";
    private static final String DASHES = "--";
    /** Which editors make of two dashes. */
    private static final Pattern OTHER_DASHES = Pattern.compile("^-?[\u2010-\u2015\u2212]+-?");

    private static final String SHORT_HELP = "-h";

    private final List<Option> known;
    private final List<String> arguments;
    private final ParseResult parsed;

    /**
     * Reads the flags.
     *
     * @param options the options beside {@link CommandOption}
     */
    Flags(List<Option> options, String... arguments) throws ConfigException {
        this.known = Stream.concat(options.stream(), Stream.of(CommandOption.values()))
                .toList();
        this.arguments = helpOrAll(arguments);
        CommandSpec spec = CommandSpec.create();
        known.forEach(option -> spec.addOption(spec(option)));
        try {
            parsed = new CommandLine(spec).setExpandAtFiles(false).parseArgs(this.arguments.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new ConfigException(describe(e));
        }
        for (Option option : known) {
            String value = value(option);
            if (value != null && value.startsWith(DASHES)) {
                throw new ConfigException(withoutValue(option));
            }
        }
    }

    /** Returns only the request for help when there is one: then nothing else matters, whatever is wrong with it. */
    private static List<String> helpOrAll(String... arguments) {
        List<String> all = Stream.of(arguments)
                .map(text -> text.equals(SHORT_HELP) ? CommandOption.HELP.flag() : text)
                .toList();
        int help = all.indexOf(CommandOption.HELP.flag());
        if (help < 0) {
            return all;
        }
        boolean hasTopic = help + 1 < all.size() && !all.get(help + 1).startsWith("-");
        return all.subList(help, hasTopic ? help + 2 : help + 1);
    }

    private static OptionSpec spec(Option option) {
        OptionSpec.Builder spec = OptionSpec.builder(option.flag());
        if (option == CommandOption.HELP) {
            return spec.type(String.class).arity("0..1").fallbackValue("").build();
        }
        if (option.valueName().isEmpty()) {
            return spec.type(boolean.class).arity("0").build();
        }
        return option.isRepeatable()
                ? spec.type(List.class).auxiliaryTypes(String.class).arity("1").build()
                : spec.type(String.class).arity("1").build();
    }

    /** Returns the value of the flag, with several values joined by commas; null when the flag is not given. */
    @Nullable String value(Option option) {
        if (!parsed.hasMatchedOption(option.flag())) {
            return null;
        }
        Object value = parsed.matchedOptionValue(option.flag(), "");
        return value instanceof List<?> list
                ? String.join(",", list.stream().map(String::valueOf).toList())
                : String.valueOf(value);
    }

    boolean has(CommandOption option) {
        return parsed.hasMatchedOption(option.flag());
    }

    private String describe(ParameterException failure) {
        if (failure instanceof UnmatchedArgumentException unmatched) {
            String first = unmatched.getUnmatched().get(0);
            Option before = optionBefore(first);
            boolean isSecret = before != null && before.secrecy() != Option.Secrecy.NONE;
            String withDashes = OTHER_DASHES.matcher(first).replaceFirst(DASHES);
            if (!withDashes.equals(first)) {
                String flag = withDashes.split("[=:\\s]", 2)[0];
                return "the dash before " + flag.substring(DASHES.length()) + " is another letter (expected: " + flag
                        + "; " + LIST + ")";
            }
            boolean isFlag = first.startsWith(DASHES) || (first.startsWith("-") && first.length() > 1 && !isSecret);
            return isFlag ? unknown(first) : stray(first, before);
        }
        if (failure instanceof MissingParameterException missing
                && !missing.getMissing().isEmpty()) {
            return withoutValue(option(missing.getMissing().get(0)));
        }
        if (failure instanceof OverwrittenOptionException twice) {
            return option(Objects.requireNonNull(twice.getOverwritten())).flag() + " is given twice (expected: once)";
        }
        for (Option option : known) {
            String flag = option.flag();
            if (option.valueName().isEmpty() && arguments.stream().anyMatch(text -> text.startsWith(flag + '='))) {
                return flag + " takes no value (expected: " + flag + " alone)";
            }
        }
        return "the options cannot be read (" + LIST + "): " + failure.getMessage();
    }

    private Option option(ArgSpec spec) {
        String flag = ((OptionSpec) spec).longestName();
        return known.stream()
                .filter(option -> option.flag().equals(flag))
                .findFirst()
                .orElseThrow();
    }

    private static String withoutValue(Option option) {
        String value =
                option.valueName().equals("BOOLEAN") ? "true or " + option.flag() + " false" : option.valueName();
        return option.flag() + " has no value (expected: " + option.flag() + " " + value + ")";
    }

    private String unknown(String argument) {
        String flag = argument.split("[=:\\s]", 2)[0];
        List<String> flags = known.stream().map(Option::flag).toList();
        if (flags.contains(flag)) {
            return flag + " and its value are one argument (expected: two, or " + flag + "=VALUE; " + LIST + ")";
        }
        return flag + " is not an option" + NearestName.hint(flag, flags) + " (" + LIST + ")";
    }

    /**
     * Describes a value that belongs to no flag.
     *
     * @param before the option whose value stands before it; null without one
     */
    private static String stray(String argument, @Nullable Option before) {
        String text = "\"" + Values.withoutPassword(argument) + "\"";
        if (before == null) {
            return text + " is not an option (expected: --OPTION VALUE; " + LIST + ")";
        }
        String more = before.isRepeatable()
                ? "commas between values, or " + before.flag() + " before each"
                : "an option, or quotes around a value with blanks";
        // It may be a part of the secret.
        return (before.secrecy() == Option.Secrecy.NONE ? text : "a word") + " follows the value of " + before.flag()
                + " (expected: " + more + "; " + LIST + ")";
    }

    /** Returns the last option before an argument that is not its value; null when none takes one. */
    private @Nullable Option optionBefore(String unmatched) {
        Option last = null;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals(unmatched)) {
                return last;
            }
            if (argument.startsWith(DASHES)) {
                String flag = argument.split("=", 2)[0];
                last = known.stream()
                        .filter(option -> option.flag().equals(flag))
                        .filter(option -> !option.valueName().isEmpty())
                        .findFirst()
                        .orElse(null);
                if (last != null && argument.equals(flag)) {
                    i++; // Its value.
                }
            }
        }
        return last;
    }
}

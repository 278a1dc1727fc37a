package dev.hibiki.gateway.config;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text of every option and where it came from; reads them as what they mean. */
final class Values {
    /** Up to the last @, since a password may hold one; the scheme and the user are not secret. */
    private static final Pattern PASSWORD = Pattern.compile("^([a-z-]*://)?([^:/@]*:)?.*@");

    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})([kmg]?)");

    private record Value(String text, String source) {}

    private final Map<Setting, Value> values = new EnumMap<>(Setting.class);

    /** Sets an option unless a source of higher rank has set it before. */
    void offer(Setting setting, String text, String source) {
        values.putIfAbsent(setting, new Value(text, source));
    }

    /** As a properties file: each option under a comment that says where its value came from. Secrets are masked. */
    String describe() {
        StringBuilder out = new StringBuilder();
        for (Setting setting : Setting.values()) {
            Value value = values.get(setting);
            String source = value == null ? "not set" : value.source();
            String text = value == null ? "" : masked(setting, value.text()).replace("\\", "\\\\");
            out.append("# ").append(source).append('\n');
            out.append(value == null ? "#" : "")
                    .append(setting.key())
                    .append('=')
                    .append(text)
                    .append('\n');
        }
        return out.toString();
    }

    private static String masked(Setting setting, String text) {
        return switch (setting.secrecy()) {
            case WHOLE -> "***";
            case PASSWORD -> PASSWORD.matcher(text).replaceFirst("$1$2***@");
            case NONE -> text;
        };
    }

    @Nullable String text(Setting setting) {
        Value value = values.get(setting);
        return value == null || value.text().isBlank() ? null : value.text().trim();
    }

    private String required(Setting setting) throws ConfigException {
        String text = text(setting);
        if (text == null) {
            throw wrong(setting, "a value");
        }
        return text;
    }

    String matching(Setting setting, Pattern pattern, String expected) throws ConfigException {
        String text = required(setting);
        if (!pattern.matcher(text).matches()) {
            throw wrong(setting, expected);
        }
        return text;
    }

    int integer(Setting setting, int min, int max) throws ConfigException {
        return (int) bounded(setting, required(setting), min, max, "a whole number");
    }

    long bytes(Setting setting, long min, long max) throws ConfigException {
        Matcher matcher = BYTES.matcher(required(setting).toLowerCase(Locale.ROOT));
        String number = "";
        if (matcher.matches()) {
            long unit =
                    Map.of("", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30).getOrDefault(matcher.group(2), 1L);
            BigInteger bytes = new BigInteger(matcher.group(1)).multiply(BigInteger.valueOf(unit));
            number = bytes.toString();
        }
        return bounded(setting, number, min, max, "bytes, such as 4096, 64k or 16m,");
    }

    private long bounded(Setting setting, String text, long min, long max, String what) throws ConfigException {
        String expected = what + " from " + min + " to " + max;
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
            throw wrong(setting, expected);
        } catch (NumberFormatException e) {
            throw wrong(setting, expected);
        }
    }

    boolean bool(Setting setting) throws ConfigException {
        return switch (required(setting).toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(setting, "true or false");
        };
    }

    <E extends Enum<E>> E choice(Setting setting, Class<E> type, Function<E, String> name) throws ConfigException {
        return choiceOf(setting, required(setting), type, name);
    }

    /** As {@link #choice}, for a part of the value. */
    <E extends Enum<E>> E choiceOf(Setting setting, String part, Class<E> type, Function<E, String> name)
            throws ConfigException {
        String text = part.toLowerCase(Locale.ROOT);
        E[] choices = type.getEnumConstants();
        for (E choice : choices) {
            if (name.apply(choice).equals(text)) {
                return choice;
            }
        }
        throw wrong(setting, Arrays.stream(choices).map(name).collect(Collectors.joining(", ")));
    }

    List<String> list(Setting setting) throws ConfigException {
        List<String> items = new ArrayList<>();
        for (String item : required(setting).split(",", -1)) {
            if (item.isBlank()) {
                throw wrong(setting, "names that are not empty");
            }
            items.add(item.trim());
        }
        return List.copyOf(items);
    }

    ConfigException wrong(Setting setting, String expected) {
        Value value = values.get(setting);
        String text = value == null ? "" : masked(setting, value.text());
        String source = value == null ? "" : ", from " + value.source();
        return new ConfigException(setting.flag() + ": \"" + text + "\"" + source + " (expected: " + expected + ")");
    }
}

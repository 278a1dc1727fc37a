package dev.hibiki.gateway.options;

import java.math.BigInteger;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text of every option, and the place where it was set. Confined to one thread.
 *
 * <p>Each method that reads a value throws a {@link ConfigException} that names the option, the value, its source and what
 * was expected.
 */
public final class Values {
    /** Matches up to the last @, since a password may hold one. The groups, scheme and user, are not secret. */
    private static final Pattern PASSWORD = Pattern.compile("^([A-Za-z0-9+.-]*:?//+)?([^:/@]*:)?.*@", Pattern.DOTALL);

    /** The first parameter that may be a password, as in {@code ?auth=…}, and all that follows it. Group 1 is not secret. */
    private static final Pattern PARAMETER =
            Pattern.compile("([?&,;\\s](?!(?:db|database)=)[^=?&,;\\s]+=).+", Pattern.DOTALL);

    /** A password without its host: what follows a colon and is not a port. Group 1, scheme and user, is not secret. */
    private static final Pattern WITHOUT_HOST =
            Pattern.compile("^([A-Za-z0-9+.-]*://[^:/@\\[]*:)(?!\\d{1,5}([/?#,\\s]|$))[^@]+$");

    private static final String SHOWN_HOST = "(\\[[^]\\s]*]?|[^\\s:/?#@,=\\[{\"']*)(:\\d{0,5})?";

    /** An address whose password is hidden. Another text may have a secret anywhere, so it is not shown. */
    private static final Pattern SHOWN =
            Pattern.compile("[^@]*\\*{3}@[^\\s=]*(\\?(db|database)=\\d*|[?&,;][^=]+=\\*{3})?(#[^\\s@=]*)?"
                    + "|([A-Za-z][A-Za-z0-9+.-]*:/{0,3}|/{1,2})?([^:/@\\s]*:\\*{3}|" + SHOWN_HOST + "(," + SHOWN_HOST
                    + ")*)"
                    + "(/[^?#@=]*)?(\\?((db|database)=\\d*|[^=\\s]*))?([?&,;\\s][^=?&,;\\s]+=\\*{3})?(#[^\\s@=]*)?");

    /** As the shell and YAML take it; files of properties and docker --env-file keep the marks. */
    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"|'[^']*'", Pattern.DOTALL);

    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})([kmg]?)");

    /** The source of a value that nobody has chosen. */
    public static final String DEFAULT = "default";

    /** What a file name must be like that Java cannot read in the locale of this process. */
    public static final String FILE_NAME =
            "a file name in ASCII, or LANG=C.UTF-8 in the environment of the gateway, since Java reads file names by the"
                    + " locale";

    private static final int DAY_MS = 86_400_000;

    private record Value(String text, String source) {}

    private final List<Option> options;
    private final Map<Option, Value> values = new HashMap<>();
    private final Set<String> warnings = new LinkedHashSet<>();

    /** @param options all options, in the order in which {@link #describe} lists them */
    public Values(List<Option> options) {
        this.options = options;
    }

    /** Sets an option unless a source of higher rank has set it before. */
    public void offer(Option option, String text, String source) {
        values.putIfAbsent(option, new Value(text, source));
    }

    /** Returns a properties file: each option under a comment that says where its value came from. Secrets are masked. */
    public String describe() {
        StringBuilder out = new StringBuilder();
        for (Option option : options) {
            Value value = values.get(option);
            String source = value == null ? "not set" : value.source();
            String text =
                    value == null ? "" : escaped(masked(option, value.text().trim()));
            out.append("# ").append(escaped(source)).append('\n');
            out.append(value == null ? "#" : "")
                    .append(option.key())
                    .append('=')
                    .append(text)
                    .append('\n');
        }
        return out.toString();
    }

    /** Escapes the text for one line of a properties file. */
    private static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("\n", "\\n")
                .replace("\r", "\\r")
                .replace("\t", "\\t")
                .replace("\f", "\\f");
    }

    /** Hides the password of a text that may be an address. */
    public static String withoutPassword(String text) {
        Matcher withoutHost = WITHOUT_HOST.matcher(text);
        String shown = withoutHost.matches()
                ? withoutHost.group(1) + "***"
                : PARAMETER
                        .matcher(PASSWORD.matcher(text).replaceFirst("$1$2***@"))
                        .replaceFirst("$1***");
        return SHOWN.matcher(shown).matches() ? shown : "***";
    }

    private static String masked(Option option, String text) {
        return switch (option.secrecy()) {
            case WHOLE -> "***";
            case PASSWORD -> withoutPassword(text);
            case NONE -> text;
        };
    }

    /** Returns null when the option is not set or blank. */
    public @Nullable String text(Option option) {
        Value value = values.get(option);
        return value == null || value.text().isBlank() ? null : value.text().trim();
    }

    /** Returns true when a flag, a variable or a file sets the option, be it to its default. */
    public boolean isChosen(Option option) {
        Value value = values.get(option);
        return value != null && !value.source().startsWith(DEFAULT);
    }

    /**
     * Replaces a default that nobody has chosen and that cannot be used. So {@link #describe} shows what is used, and its text can be
     * read again.
     *
     * @param reason the option or the limit that the default does not fit
     */
    public void adapt(Option option, String text, String reason) {
        values.put(option, new Value(text, DEFAULT + ", changed to fit " + reason));
    }

    /** Adds a warning for the operator, once. */
    public void warn(String text) {
        warnings.add(text);
    }

    /** Adds a warning if the option is set to something else than its default. */
    public void warnWithoutEffect(Option option, String needed) {
        if (isChosen(option) && !String.valueOf(text(option)).equals(option.defaultText())) {
            warn(option.flag() + described(option) + ", has no effect (expected: with " + needed + ")");
        }
    }

    /** Returns what the operator should know although the gateway can start. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    private String required(Option option) throws ConfigException {
        String text = text(option);
        if (text == null) {
            throw wrong(option, "a value");
        }
        return text;
    }

    public String matching(Option option, Pattern pattern, String expected) throws ConfigException {
        String text = required(option);
        if (!pattern.matcher(text).matches()) {
            throw wrong(option, expected);
        }
        return text;
    }

    public int integer(Option option, int min, int max) throws ConfigException {
        return (int) bounded(option, required(option), min, max, "a whole number");
    }

    /** Reads a time in milliseconds, at most a day. */
    public int milliseconds(Option option, int min) throws ConfigException {
        return integer(option, min, DAY_MS);
    }

    public long bytes(Option option, long min, long max) throws ConfigException {
        Matcher matcher = BYTES.matcher(required(option).toLowerCase(Locale.ROOT));
        String number = "";
        if (matcher.matches()) {
            long unit =
                    Map.of("", 1L, "k", 1L << 10, "m", 1L << 20, "g", 1L << 30).getOrDefault(matcher.group(2), 1L);
            BigInteger bytes = new BigInteger(matcher.group(1)).multiply(BigInteger.valueOf(unit));
            number = bytes.toString();
        }
        return bounded(option, number, min, max, "bytes, such as 4096, 64k or 16m,");
    }

    private long bounded(Option option, String text, long min, long max, String what) throws ConfigException {
        String expected = what + " from " + min + " to " + max;
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
            throw wrong(option, expected);
        } catch (NumberFormatException e) {
            throw wrong(option, expected);
        }
    }

    /** Reads the name of a file, which need not exist. */
    public Path file(Option option) throws ConfigException {
        try {
            return Path.of(required(option));
        } catch (InvalidPathException e) {
            throw wrong(option, FILE_NAME);
        }
    }

    public boolean bool(Option option) throws ConfigException {
        return switch (required(option).toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(option, "true or false");
        };
    }

    /** Reads a value of an enum by its {@linkplain #nameOf name}, in upper or lower case. */
    public <E extends Enum<E>> E choice(Option option, Class<E> type) throws ConfigException {
        return choiceOf(option, required(option), type);
    }

    /** As {@link #choice(Option, Class)}, for a part of the option's value. */
    public <E extends Enum<E>> E choiceOf(Option option, String part, Class<E> type) throws ConfigException {
        return choiceOf(option, part, List.of(type.getEnumConstants()), Values::nameOf);
    }

    /** @param name the name of a choice, in lower case */
    public <T> T choice(Option option, List<T> choices, Function<T, String> name) throws ConfigException {
        return choiceOf(option, required(option), choices, name);
    }

    private <T> T choiceOf(Option option, String part, List<T> choices, Function<T, String> name)
            throws ConfigException {
        String text = part.toLowerCase(Locale.ROOT);
        for (T choice : choices) {
            if (name.apply(choice).equals(text)) {
                return choice;
            }
        }
        List<String> names = choices.stream().map(name).toList();
        throw wrong(option, String.join(", ", names) + NearestName.hint(text, names));
    }

    /** Returns the name by which operators and clients know a value of an enum: the one in the code, in lower case. */
    public static String nameOf(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    public List<String> list(Option option) throws ConfigException {
        List<String> items = new ArrayList<>();
        for (String item : required(option).split(",", -1)) {
            if (item.isBlank()) {
                throw wrong(option, "names that are not empty");
            }
            items.add(item.trim());
        }
        return List.copyOf(items);
    }

    /** Makes the exception for a value that is not what was expected. */
    public ConfigException wrong(Option option, String expected) {
        Value value = values.get(option);
        boolean isQuoted = value != null && QUOTED.matcher(value.text().trim()).matches();
        return new ConfigException(option.flag() + described(option) + " (expected: " + expected
                + (isQuoted ? ", without quotation marks" : "") + ")");
    }

    /** As {@link #wrong(Option, String)}, for a reason that says what to do. */
    public ConfigException refused(Option option, String reason) {
        return new ConfigException(option.flag() + described(option) + ": " + reason);
    }

    private String described(Option option) {
        Value value = values.get(option);
        String text = value == null ? "" : masked(option, value.text());
        return ": \"" + text + "\"" + (value == null ? "" : ", from " + value.source());
    }

    /** As {@link #wrong(Option, String)}, for an option that the caller knows by its flag alone. */
    public ConfigException wrong(String flag, String expected) {
        return options.stream()
                .filter(option -> option.flag().equals(flag))
                .findFirst()
                .map(option -> wrong(option, expected))
                .orElseThrow(() -> new IllegalArgumentException(flag));
    }
}

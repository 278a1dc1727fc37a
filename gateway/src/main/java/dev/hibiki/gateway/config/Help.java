package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.text.WordUtils;

/** The text of {@code --help}: all options under headings, or those of one group. Immutable. */
final class Help {
    static final int WIDTH = 100;
    private static final int INDENT = 32;
    /** Keeps a default in one line. */
    private static final char FIXED_SPACE = '\u00A0';

    /** The keys of the options that a newcomer needs first, in this order. */
    static final List<String> FIRST = List.of(
            "redis",
            "source",
            "channel",
            "port",
            "allowed-origin",
            "trusted-proxy",
            "tls-cert-file",
            "tls-key-file",
            "publish-keys-file",
            "config");

    private final List<Option> options;

    /** @param options the options beside {@link CommandOption} */
    Help(List<Option> options) {
        this.options = Stream.concat(options.stream(), Stream.of(CommandOption.values()))
                .toList();
    }

    /** @param topic the name of a group or of an option; empty for all groups */
    String text(String topic) throws ConfigException {
        StringBuilder out = new StringBuilder();
        if (!topic.isBlank()) {
            OptionGroup group = groupOf(topic);
            section(out, group.title() + ":", of(group));
            return out.append("\n--help shows all groups.\n").toString();
        }
        out.append("""
                Hibiki is a push gateway: it sends small JSON events from Redis to browsers.

                Usage: hibiki [--OPTION VALUE]...
                       hibiki --help GROUP

                """);
        section(out, "Options to begin with:", first());
        for (OptionGroup group : OptionGroup.values()) {
            List<Option> others = of(group).stream()
                    .filter(option -> !FIRST.contains(option.key()))
                    .toList();
            if (!others.isEmpty()) {
                section(out.append('\n'), group.title() + " (--help " + group.shortName() + "):", others);
            }
        }
        return out.append('\n')
                .append(WordUtils.wrap(
                        "Each option can also be a variable, such as HIBIKI_PORT for --port, or a line of the --config"
                                + " file, such as port=8765. Flags win over variables, and variables over the file."
                                + " Sizes can end in k, m or g: 64k are 65536 bytes. Several values of one option are"
                                + " separated by commas.",
                        WIDTH,
                        "\n",
                        false))
                .append('\n')
                .toString();
    }

    private List<Option> first() {
        return FIRST.stream()
                .flatMap(key -> options.stream().filter(option -> option.key().equals(key)))
                .toList();
    }

    private List<Option> of(OptionGroup group) {
        return options.stream().filter(option -> option.group() == group).toList();
    }

    private OptionGroup groupOf(String topic) throws ConfigException {
        List<String> names =
                Arrays.stream(OptionGroup.values()).map(OptionGroup::shortName).toList();
        Optional<OptionGroup> ofOption = options.stream()
                .filter(option -> option.key().equals(topic))
                .map(Option::group)
                .findFirst();
        return Arrays.stream(OptionGroup.values())
                .filter(group -> group.shortName().equals(topic))
                .findFirst()
                .or(() -> ofOption)
                .orElseThrow(() -> new ConfigException("--help: there is no group \"" + topic + "\" (expected: "
                        + String.join(", ", names) + NearestName.hint(topic, names) + ")"));
    }

    private static void section(StringBuilder out, String title, List<Option> options) {
        out.append(title).append('\n');
        for (Option option : options) {
            String flag = "  " + option.flag() + (option.valueName().isEmpty() ? "" : " " + option.valueName());
            String text = WordUtils.wrap(describe(option), WIDTH - INDENT, "\n", false)
                    .replace(FIXED_SPACE, ' ')
                    .lines()
                    .collect(Collectors.joining("\n" + " ".repeat(INDENT)));
            boolean fits = flag.length() < INDENT - 1;
            out.append(flag)
                    .append(fits ? "" : "\n")
                    .append(" ".repeat(fits ? INDENT - flag.length() : INDENT))
                    .append(text)
                    .append('\n');
        }
    }

    private static String describe(Option option) {
        return option.description()
                + (option.isRepeatable() ? " Repeatable." : "")
                + (option.defaultText() == null ? "" : " (default:" + FIXED_SPACE + option.defaultText() + ")");
    }
}

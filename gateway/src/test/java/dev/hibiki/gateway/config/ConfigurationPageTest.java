package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is made from the options. {@code scripts/configuration} copies what this test writes. */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("../docs/configuration.md");
    private static final Path MADE = Path.of("target/configuration.md");

    private static final String INTRODUCTION = """
            # Configuration

            <!-- scripts/configuration makes this page from the options of the gateway. Do not change it by hand. -->

            Each option has three forms: a flag, `--port 8765` or `--port=8765`; a variable, `HIBIKI_PORT=8765`; and a line
            of a properties file in UTF-8, `port=8765`. `--config FILE` or the variable `HIBIKI_CONFIG` names the file. Flags
            win over variables, variables win over the file, and the file wins over the defaults. A blank variable counts as
            not set.

            - `--help` shows all options, and `--help GROUP` those of one group below.
            - `--print-config` shows the value of every option and where it came from. The output can be used as a file
              again, except for secrets, which it does not show.
            - Sizes can end in `k`, `m` or `g`: `64k` are 65536 bytes. Times are in the unit that the name ends with.
            - An option that is repeatable takes several values: the flag several times, or commas between the values.
            - The gateway refuses to start with an unknown flag or key, and with a variable that looks like a typing error
              of an option. It names the nearest option. It warns of other unknown `HIBIKI_…` variables, and of options that
              have no effect without others.
            - Flags of Java, such as `-Xmx1g`, come from the variable `HIBIKI_JAVA_OPTS` when `scripts/run` or the installed
              service starts the gateway.
            """;

    private static String page() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        List<Option> options = Stream.concat(ConfigLoaderTest.options().stream(), Stream.of(CommandOption.values()))
                .toList();
        for (OptionGroup group : OptionGroup.values()) {
            page.append("\n## ").append(group.title()).append("\n\n`--help ").append(group.shortName());
            page.append("` shows this group.\n");
            options.stream().filter(option -> option.group() == group).forEach(option -> describe(option, page));
        }
        return page.toString();
    }

    private static void describe(Option option, StringBuilder page) {
        String value = option.valueName().isEmpty() ? "" : " " + option.valueName();
        page.append("\n### `").append(option.flag()).append(value).append("`\n\n");
        page.append(option.description().replaceAll("[*_<\\[`]", "\\\\$0")).append("\n\n");
        page.append("- Default: ")
                .append(option.defaultText() == null ? "not set" : "`" + option.defaultText() + "`")
                .append('\n');
        if (!(option instanceof CommandOption)) {
            page.append("- Key in the file: `").append(option.key()).append("`\n");
        }
        if (!(option instanceof CommandOption) || option == CommandOption.CONFIG) {
            page.append("- Variable: `").append(option.variable()).append("`\n");
        }
        if (option.isRepeatable()) {
            page.append("- Repeatable\n");
        }
        switch (option.secrecy()) {
            case WHOLE -> page.append("- Secret: logs and `--print-config` do not show it\n");
            case PASSWORD -> page.append("- Logs and `--print-config` do not show a password in it\n");
            case NONE -> {}
        }
    }

    @Test
    void shouldBeUpToDate() throws IOException {
        Files.writeString(MADE, page());

        assertThat(Files.readString(PAGE))
                .as("docs/configuration.md does not fit the options; run scripts/configuration")
                .isEqualTo(page());
    }
}

package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import org.jspecify.annotations.Nullable;

/** The options that say what the command does. Only {@code --config} can be a variable, too, and none can be in a file. */
enum CommandOption implements Option {
    CONFIG("FILE", "A properties file with options, one on each line, such as port=8765. UTF-8."),
    PRINT_CONFIG(
            "",
            "Show the value of every option and where it came from, and exit. Except for secrets, which are not shown, the"
                    + " output can be used as the file of --config."),
    HELP("[GROUP]", "Show all options, or those of one group, and exit. So does -h."),
    VERSION("", "Show the version and exit.");

    private final String valueName;
    private final String description;

    CommandOption(String valueName, String description) {
        this.valueName = valueName;
        this.description = description;
    }

    @Override
    public OptionGroup group() {
        return OptionGroup.COMMAND;
    }

    @Override
    public String valueName() {
        return valueName;
    }

    @Override
    public @Nullable String defaultText() {
        return null;
    }

    @Override
    public String description() {
        return description;
    }
}

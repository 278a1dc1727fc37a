package dev.hibiki.gateway.config;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.inprocess.InProcessBroker;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import dev.hibiki.gateway.options.Values;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads {@code --source}, which chooses a kind of source, and the options of all kinds. Immutable. */
final class SourceReader {
    private final List<SourceType> types;
    private final Option source;

    /** @param types at least one; the first is the default */
    SourceReader(List<SourceType> types) {
        this.types = types;
        this.source = Option.of(
                OptionGroup.REDIS,
                "SOURCE",
                "NAME",
                types.get(0).name(),
                types.stream()
                        .map(type -> type.name() + ": " + type.description())
                        .collect(Collectors.joining("; ", "The kind of channels. ", ".")));
    }

    /** Returns all options, by group, in the order of {@code --help}. */
    List<Option> options() {
        Set<Option> options = new LinkedHashSet<>(List.of(types.get(0).options().get(0), source, Setting.CHANNEL));
        types.forEach(type -> options.addAll(type.options()));
        options.addAll(List.of(Setting.values()));
        return options.stream().sorted(Comparator.comparing(Option::group)).toList();
    }

    SourceFactory read(Values values, List<String> channels) throws ConfigException {
        SourceType chosen = values.choice(source, types, SourceType::name);
        SourceFactory configured = chosen.configure(values);
        for (SourceType type : types) {
            if (type != chosen) {
                type.check(values);
                warnOfOthers(type, chosen, values);
            }
        }
        SourceFactory factory = configured == null ? InProcessBroker.FACTORY : configured;
        for (String channel : channels) {
            if (ChannelSpec.isTooLong(channel)) {
                throw values.wrong(
                        Setting.CHANNEL, "names and patterns of at most " + ChannelSpec.MAX_BYTES + " bytes of UTF-8");
            }
            String expected = factory.refuse(new ChannelSpec(channel));
            if (expected != null) {
                throw values.wrong(Setting.CHANNEL, expected);
            }
        }
        return factory;
    }

    private void warnOfOthers(SourceType type, SourceType chosen, Values values) {
        for (Option option : type.options()) {
            if (!chosen.options().contains(option)) {
                values.warnWithoutEffect(option, source.flag() + " " + type.name());
            }
        }
    }
}

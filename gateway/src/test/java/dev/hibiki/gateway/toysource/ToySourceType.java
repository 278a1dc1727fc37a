package dev.hibiki.gateway.toysource;

import dev.hibiki.gateway.channels.ChannelSpec;
import dev.hibiki.gateway.ingress.EventSource;
import dev.hibiki.gateway.ingress.SourceContext;
import dev.hibiki.gateway.ingress.SourceFactory;
import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.OptionGroup;
import dev.hibiki.gateway.options.Values;
import java.util.List;
import java.util.regex.Pattern;

/** A toy as a kind of source, written by what CONTRIBUTING.md says. */
final class ToySourceType implements SourceType {
    private static final Option BROKER =
            Option.of(OptionGroup.REDIS, "TOY_BROKER", "NAME", "toy", "The broker to read from.");
    private static final Pattern NAME = Pattern.compile("[a-z]{1,16}");

    @Override
    public String name() {
        return "toy";
    }

    @Override
    public String description() {
        return "they are those of a toy";
    }

    @Override
    public List<Option> options() {
        return List.of(BROKER);
    }

    @Override
    public SourceFactory configure(Values values) throws ConfigException {
        return new Factory(values.matching(BROKER, NAME, "up to 16 letters"));
    }

    record Factory(String broker) implements SourceFactory {
        @Override
        public EventSource create(SourceContext context) {
            return new ToySource(ToyBroker.named(broker), context);
        }

        @Override
        public String refuse(ChannelSpec channel) {
            return channel.isPattern() ? "names, since the toy knows no patterns" : null;
        }
    }
}

package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads options from the environment, and names variables that look like one and are none. Stateless. */
final class Variables {
    private static final String PREFIX = "HIBIKI_";

    /** Variables of scripts and tests, and those that Kubernetes sets for a service whose name begins with "hibiki". */
    private static final Pattern OF_OTHERS = Pattern.compile(
            "HIBIKI_((TEST|BENCH)_.*|JAVA_OPTS|HOME|(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\\d+_.*))");

    /** What Kubernetes sets for the port of any service, such as hibiki-2 or hibiki-redis. */
    private static final Pattern PORT_OF_SERVICE = Pattern.compile("HIBIKI_.*PORT=(tcp|udp|sctp)://.*");

    private Variables() {}

    /** Offers the value of each variable that is not blank. */
    static void read(Map<String, String> environment, List<Option> options, Values values) throws ConfigException {
        List<String> known = Stream.concat(
                        options.stream().map(Option::variable),
                        Stream.of(CommandOption.CONFIG.variable(), PREFIX + "JAVA_OPTS"))
                .toList();
        for (String name : new TreeSet<>(environment.keySet())) {
            String value = environment.getOrDefault(name, "");
            if (name.startsWith(PREFIX)
                    && !value.isBlank()
                    && !known.contains(name)
                    && !OF_OTHERS.matcher(name).matches()
                    && !PORT_OF_SERVICE.matcher(name + '=' + value).matches()) {
                checkUnknown(name, known, values);
            }
        }
        for (Option option : options) {
            String value = environment.getOrDefault(option.variable(), "");
            if (!value.isBlank()) {
                values.offer(option, value, "variable " + option.variable());
            }
        }
    }

    /** A typing error must not go unnoticed. A variable with another name may belong to another program. */
    private static void checkUnknown(String name, List<String> known, Values values) throws ConfigException {
        String text = "The variable " + name + " is not an option";
        if (NearestName.isTypingError(name, known)) {
            throw new ConfigException(text + NearestName.hint(name, known) + " (--help lists all options)");
        }
        values.warn(text + ", so it has no effect" + NearestName.hint(name, known) + " (--help lists all options)");
    }
}

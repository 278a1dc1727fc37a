package dev.hibiki.gateway.config;

import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.TransportChoice;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Makes a {@link GatewayConfig} from flags, environment variables and a properties file. */
public final class ConfigLoader {
    private static final String CONFIG_FLAG = "--config";
    private static final String CONFIG_VARIABLE = "HIBIKI_CONFIG";
    private static final String PRINT_FLAG = "--print-config";
    private static final Pattern FIELD = Pattern.compile("[^\\p{Cntrl}]{1,64}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_-]{1,16}");
    private static final Pattern ADDRESS = Pattern.compile("[A-Za-z0-9.:%_-]{1,255}");
    private static final Pattern ORIGIN =
            Pattern.compile("\\*|[a-z][a-z0-9+.-]*://(\\*\\.)?[a-z0-9.:\\[\\]-]+", Pattern.CASE_INSENSITIVE);
    private static final long MAX_LOG_BYTES = 64L << 30;
    private static final int MAX_LOOPS = 256;

    private final String version;
    private final Map<String, String> environment;
    private final SourceReader sources;
    private final List<Option> options;
    private final MemoryPlan memory;

    /** Makes a loader that refuses no size for want of memory. */
    public ConfigLoader(String version, Map<String, String> environment, List<SourceType> sources) {
        this(version, environment, sources, MemoryPlan.UNLIMITED);
    }

    /**
     * Makes a loader.
     *
     * @param sources the kinds of sources that there are; the first one is the default
     * @param memory what the logs of events may have
     */
    public ConfigLoader(String version, Map<String, String> environment, List<SourceType> sources, MemoryPlan memory) {
        this.version = version;
        this.memory = memory;
        this.environment = environment;
        this.sources = new SourceReader(sources);
        this.options = this.sources.options();
    }

    /**
     * The configuration, or a text to print.
     *
     * @param config null when there is only a text to print
     * @param text printed before the gateway starts, or instead
     */
    public record Loaded(
            @Nullable GatewayConfig config, @Nullable String text) {}

    /**
     * Reads flags, environment and file.
     *
     * @throws ConfigException whose message is for the operator
     */
    public Loaded load(String... arguments) throws ConfigException {
        CommandLine commandLine = commandLine();
        ParseResult parsed;
        try {
            parsed = commandLine.parseArgs(arguments);
        } catch (ParameterException e) {
            throw new ConfigException(e.getMessage() + " (--help lists the options)");
        }
        if (parsed.isUsageHelpRequested()) {
            return new Loaded(null, commandLine.getUsageMessage());
        }
        if (parsed.isVersionHelpRequested()) {
            return new Loaded(null, "hibiki " + version + '\n');
        }
        Values values = collect(parsed);
        GatewayConfig config = read(values);
        memory.check(values, config.limits());
        return parsed.hasMatchedOption(PRINT_FLAG) ? new Loaded(null, values.describe()) : new Loaded(config, null);
    }

    List<Option> options() {
        return options;
    }

    private CommandLine commandLine() {
        CommandSpec spec = CommandSpec.create().name("hibiki").version("hibiki " + version);
        spec.usageMessage()
                .sortOptions(false)
                .width(110)
                .description("A push gateway: small JSON events from Redis to every browser that wants them.")
                .footer(
                        "",
                        "Each option can also be a variable, HIBIKI_PORT for --port, or a line of the properties file,"
                                + " port=8765. Flags win over variables, variables over the file.",
                        "Sizes take the suffixes k, m and g.");
        for (Option option : options) {
            OptionSpec.Builder flag = OptionSpec.builder(option.flag())
                    .paramLabel(option.valueName())
                    .description(describe(option));
            spec.addOption(
                    option.isRepeatable()
                            ? flag.type(List.class).auxiliaryTypes(String.class).build()
                            : flag.type(String.class).build());
        }
        spec.addOption(OptionSpec.builder(CONFIG_FLAG)
                .type(String.class)
                .paramLabel("FILE")
                .description("A properties file with any of the options above. (variable: HIBIKI_CONFIG)")
                .build());
        spec.addOption(flag(PRINT_FLAG, "Show what is in force and where each value came from, and exit.")
                .build());
        spec.addOption(
                flag("--help", "Show this help and exit.").usageHelp(true).build());
        spec.addOption(flag("--version", "Show the version and exit.")
                .versionHelp(true)
                .build());
        return new CommandLine(spec);
    }

    private static OptionSpec.Builder flag(String name, String description) {
        return OptionSpec.builder(name)
                .type(boolean.class)
                .description(description)
                .showDefaultValue(Visibility.NEVER);
    }

    private static String describe(Option option) {
        // Picocli formats descriptions. In ours, % is only a character.
        String text = option.description().replace("%", "%%");
        return option.defaultText() == null ? text : text + " (default: " + option.defaultText() + ")";
    }

    private Values collect(ParseResult parsed) throws ConfigException {
        Values values = new Values(options);
        for (Option option : options) {
            if (parsed.hasMatchedOption(option.flag())) {
                Object value = parsed.matchedOptionValue(option.flag(), "");
                String text = value instanceof List<?> list
                        ? String.join(",", list.stream().map(String::valueOf).toList())
                        : String.valueOf(value);
                values.offer(option, text, "flag " + option.flag());
            }
        }
        for (Option option : options) {
            String variable = environment.get(option.variable());
            if (variable != null && !variable.isBlank()) {
                values.offer(option, variable, "variable " + option.variable());
            }
        }
        String file = parsed.matchedOptionValue(CONFIG_FLAG, environment.get(CONFIG_VARIABLE));
        if (file != null && !file.isBlank()) {
            readFile(file, values);
        }
        for (Option option : options) {
            if (option.defaultText() != null) {
                values.offer(option, option.defaultText(), Values.DEFAULT);
            }
        }
        return values;
    }

    private void readFile(String file, Values values) throws ConfigException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file))) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException(CONFIG_FLAG + ": \"" + file + "\" cannot be read: " + e);
        }
        for (String key : properties.stringPropertyNames()) {
            Option option = options.stream()
                    .filter(known -> known.key().equals(key))
                    .findFirst()
                    .orElseThrow(() -> new ConfigException(CONFIG_FLAG + ": \"" + file + "\" sets \"" + key
                            + "\" (expected: an option's name without --)"));
            values.offer(option, properties.getProperty(key), "file " + file);
        }
    }

    private GatewayConfig read(Values values) throws ConfigException {
        int eventBytes = (int) values.bytes(Setting.MAX_EVENT_BYTES, 64, 16L << 20);
        int loops = values.integer(Setting.EVENT_LOOPS, 0, MAX_LOOPS);
        List<String> channels = values.list(Setting.CHANNEL);
        GatewayConfig config = new GatewayConfig(
                sources.read(values, channels),
                channels,
                origins(values),
                values.matching(Setting.ROUTING_FIELD, FIELD, "the name of a field, at most 64 characters"),
                values.matching(Setting.DEFAULT_REGION, LABEL, "up to 16 of A-Z a-z 0-9 _ -"),
                new GatewayConfig.Listen(host(values, Setting.HOST), values.integer(Setting.PORT, 0, 65_535)),
                new GatewayConfig.Listen(
                        host(values, Setting.ADMIN_HOST), values.integer(Setting.ADMIN_PORT, 0, 65_535)),
                values.choice(Setting.TRANSPORT, TransportChoice.class),
                loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
                new GatewayConfig.Limits(
                        eventBytes,
                        (int) values.bytes(Setting.MAX_PUBLISH_BYTES, eventBytes, 1L << 30),
                        logBytes(values),
                        Math.max(values.bytes(Setting.IDLE_LOG_BYTES, 0, MAX_LOG_BYTES), logBytes(values)),
                        values.bytes(Setting.LOG_MEMORY_BYTES, 0, Long.MAX_VALUE),
                        (int) values.bytes(Setting.MAX_WRITE_BYTES, 1L << 10, 1L << 30)),
                new GatewayConfig.Timing(
                        values.milliseconds(Setting.PING_INTERVAL_MS, 100),
                        values.milliseconds(Setting.SHUTDOWN_TIMEOUT_MS, 0),
                        values.milliseconds(Setting.STALL_TIMEOUT_MS, 1_000)),
                lag(values),
                new EdgeReader(values).read(),
                new OperationsReader(values).read(),
                new AuthReader(values).read(),
                values.bool(Setting.DEFLATE),
                values.bool(Setting.DEMO),
                new GatewayConfig.Logging(
                        values.choice(Setting.LOG_FORMAT, LogFormat.class),
                        values.choice(Setting.LOG_LEVEL, LogLevel.class)),
                new TlsReader(values).read());
        if (!config.auth().publishers().isConfigured() && !config.admin().isLoopback()) {
            throw values.wrong(
                    Setting.ADMIN_HOST,
                    "a loopback address, or --publish-key or --publish-keys-file, since whoever reaches it may publish");
        }
        return config;
    }

    private static List<String> origins(Values values) throws ConfigException {
        List<String> origins = values.list(Setting.ALLOWED_ORIGIN);
        if (!origins.stream().allMatch(origin -> ORIGIN.matcher(origin).matches())) {
            throw values.wrong(Setting.ALLOWED_ORIGIN, "https://example.com, https://*.example.com or *");
        }
        return origins;
    }

    private static long logBytes(Values values) throws ConfigException {
        return values.bytes(Setting.LOG_BYTES, 64L << 10, MAX_LOG_BYTES);
    }

    private static GatewayConfig.Lag lag(Values values) throws ConfigException {
        Map<String, LagPolicy> byChannel = new HashMap<>();
        LagPolicy otherwise = null;
        for (String item :
                values.text(Setting.LAG_POLICY) == null ? List.<String>of() : values.list(Setting.LAG_POLICY)) {
            int equals = item.lastIndexOf('=');
            LagPolicy policy = values.choiceOf(Setting.LAG_POLICY, item.substring(equals + 1), LagPolicy.class);
            if (equals < 0) {
                otherwise = policy;
            } else {
                String channel = item.substring(0, equals);
                if (!values.list(Setting.CHANNEL).contains(channel)) {
                    throw values.wrong(Setting.LAG_POLICY, "a configured channel before the =");
                }
                byChannel.put(channel, policy);
            }
        }
        return new GatewayConfig.Lag(
                Map.copyOf(byChannel),
                otherwise,
                values.matching(Setting.LAG_KEY, FIELD, "the name of a field, at most 64 characters"));
    }

    private static String host(Values values, Option option) throws ConfigException {
        return values.matching(option, ADDRESS, "an address or host name");
    }
}

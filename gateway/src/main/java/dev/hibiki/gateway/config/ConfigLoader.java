package dev.hibiki.gateway.config;

import dev.hibiki.gateway.ingress.SourceType;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.NearestName;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import dev.hibiki.gateway.runtime.TransportChoice;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes a {@link GatewayConfig} from flags, environment variables and a properties file. */
public final class ConfigLoader {
    private static final Pattern FIELD = Pattern.compile("[^\\p{Cntrl}]{1,64}");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_-]{1,16}");
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
     * @param text printed instead of a start
     * @param warnings what the operator should know although the gateway can start
     */
    public record Loaded(
            @Nullable GatewayConfig config, @Nullable String text, List<String> warnings) {
        private Loaded(String text) {
            this(null, text, List.of());
        }
    }

    /**
     * Reads flags, environment and file.
     *
     * @throws ConfigException whose message is for the operator
     */
    public Loaded load(String... arguments) throws ConfigException {
        Flags flags = new Flags(options, arguments);
        String topic = flags.value(CommandOption.HELP);
        if (topic != null) {
            return new Loaded(new Help(options).text(topic));
        }
        if (flags.has(CommandOption.VERSION)) {
            return new Loaded("hibiki " + version + '\n');
        }
        Values values = collect(flags);
        GatewayConfig config = read(values);
        memory.check(values, config.limits());
        if (!flags.has(CommandOption.PRINT_CONFIG)) {
            return new Loaded(config, null, values.warnings());
        }
        String warnings =
                values.warnings().stream().map(line -> "# " + line + '\n').collect(Collectors.joining());
        return new Loaded(warnings + values.describe());
    }

    List<Option> options() {
        return options;
    }

    private Values collect(Flags flags) throws ConfigException {
        Values values = new Values(options);
        for (Option option : options) {
            String text = flags.value(option);
            if (text != null) {
                values.offer(option, text, "flag " + option.flag());
                if (text.isBlank()) {
                    throw values.wrong(option, "a value");
                }
            }
        }
        Variables.read(environment, options, values);
        String file = flags.value(CommandOption.CONFIG);
        if (file != null && file.isBlank()) {
            throw new ConfigException("--config: \"" + file + "\", from flag --config (expected: the name of a file)");
        }
        if (file == null) {
            file = environment.get(CommandOption.CONFIG.variable());
        }
        if (file != null && !file.isBlank()) {
            PropertiesFile.read(file, options, values);
        }
        for (Option option : options) {
            if (option.defaultText() != null) {
                values.offer(option, option.defaultText(), Values.DEFAULT);
            }
        }
        return values;
    }

    private GatewayConfig read(Values values) throws ConfigException {
        int eventBytes = (int) values.bytes(Setting.MAX_EVENT_BYTES, 64, 16L << 20);
        long logBytes = values.bytes(Setting.LOG_BYTES, 64L << 10, MAX_LOG_BYTES);
        int loops = values.integer(Setting.EVENT_LOOPS, 0, MAX_LOOPS);
        List<String> channels = values.list(Setting.CHANNEL);
        GatewayConfig.Listen clients = new ListenReader(values).clients();
        GatewayConfig config = new GatewayConfig(
                sources.read(values, channels),
                channels,
                new OriginReader(values).read(),
                values.matching(Setting.ROUTING_FIELD, FIELD, "the name of a field, at most 64 characters"),
                values.matching(Setting.DEFAULT_REGION, LABEL, "up to 16 of A-Z a-z 0-9 _ -"),
                clients,
                new ListenReader(values).admin(clients),
                values.choice(Setting.TRANSPORT, TransportChoice.class),
                loops == 0 ? Runtime.getRuntime().availableProcessors() : loops,
                new GatewayConfig.Limits(
                        eventBytes,
                        (int) atLeast(Setting.MAX_EVENT_BYTES, eventBytes, Setting.MAX_PUBLISH_BYTES, 1L << 30, values),
                        logBytes,
                        atLeast(Setting.LOG_BYTES, logBytes, Setting.IDLE_LOG_BYTES, MAX_LOG_BYTES, values),
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

    /** Reads a size that must not be less than another one. When nobody chose it, it is as much. */
    private static long atLeast(Option smaller, long least, Option option, long max, Values values)
            throws ConfigException {
        long bytes = values.bytes(option, 0, max);
        if (bytes >= least) {
            return bytes;
        }
        if (values.isChosen(option)) {
            throw values.wrong(option, "at least " + smaller.flag() + ", " + values.text(smaller));
        }
        values.adapt(option, String.valueOf(values.text(smaller)), smaller.flag());
        return least;
    }

    private static GatewayConfig.Lag lag(Values values) throws ConfigException {
        Map<String, LagPolicy> byChannel = new HashMap<>();
        LagPolicy otherwise = null;
        for (String item :
                values.text(Setting.LAG_POLICY) == null ? List.<String>of() : values.list(Setting.LAG_POLICY)) {
            int equals = item.lastIndexOf('=');
            LagPolicy policy = values.choiceOf(Setting.LAG_POLICY, item.substring(equals + 1), LagPolicy.class);
            LagPolicy before = otherwise;
            if (equals < 0) {
                otherwise = policy;
            } else {
                String channel = item.substring(0, equals);
                List<String> channels = values.list(Setting.CHANNEL);
                if (!channels.contains(channel)) {
                    throw values.wrong(
                            Setting.LAG_POLICY,
                            "a configured channel before the =" + NearestName.hint(channel, channels));
                }
                before = byChannel.put(channel, policy);
            }
            if (before != null && before != policy) {
                throw values.wrong(Setting.LAG_POLICY, "one policy for a channel, and one for the others");
            }
        }
        if (otherwise != LagPolicy.LATEST && !byChannel.containsValue(LagPolicy.LATEST)) {
            values.warnWithoutEffect(Setting.LAG_KEY, "--lag-policy latest");
        }
        return new GatewayConfig.Lag(
                Map.copyOf(byChannel),
                otherwise,
                values.matching(Setting.LAG_KEY, FIELD, "the name of a field, at most 64 characters"));
    }
}

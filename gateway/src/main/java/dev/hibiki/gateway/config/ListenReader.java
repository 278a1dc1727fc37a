package dev.hibiki.gateway.config;

import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Option;
import dev.hibiki.gateway.options.Values;
import io.netty.util.NetUtil;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the addresses and ports to listen on. */
final class ListenReader {
    private static final int MAX_PORT = 65_535;
    private static final Pattern HOST_NAME = Pattern.compile("[A-Za-z0-9_]([A-Za-z0-9._-]{0,253}[A-Za-z0-9.])?");
    /** A name of such a form would be an address with a typing error. */
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

    private static final Set<String> ALL_ADDRESSES = Set.of("0.0.0.0", "::");

    private final Values values;

    ListenReader(Values values) {
        this.values = values;
    }

    GatewayConfig.Listen clients() throws ConfigException {
        return new GatewayConfig.Listen(host(Setting.HOST), port(Setting.PORT));
    }

    /** Reads where the admin port is, which must differ from where the clients connect. */
    GatewayConfig.Listen admin(GatewayConfig.Listen clients) throws ConfigException {
        GatewayConfig.Listen admin = new GatewayConfig.Listen(host(Setting.ADMIN_HOST), port(Setting.ADMIN_PORT));
        differ(Setting.ADMIN_PORT, admin, Setting.PORT, clients);
        Integer agent = agentPort(values);
        if (agent != null) {
            GatewayConfig.Listen agentAddress = new GatewayConfig.Listen(admin.host(), agent);
            differ(Setting.AGENT_PORT, agentAddress, Setting.PORT, clients);
            differ(Setting.AGENT_PORT, agentAddress, Setting.ADMIN_PORT, admin);
        }
        return admin;
    }

    static @Nullable Integer agentPort(Values values) throws ConfigException {
        return values.text(Setting.AGENT_PORT) == null
                ? null
                : Integer.valueOf(new ListenReader(values).port(Setting.AGENT_PORT));
    }

    private void differ(Option option, GatewayConfig.Listen one, Option other, GatewayConfig.Listen two)
            throws ConfigException {
        boolean sameHost = one.host().equals(two.host())
                || ALL_ADDRESSES.contains(one.host())
                || ALL_ADDRESSES.contains(two.host());
        if (sameHost && one.port() == two.port() && one.port() != 0) {
            throw values.wrong(option, "a port that differs from " + other.flag());
        }
    }

    private int port(Option option) throws ConfigException {
        String text = values.text(option);
        if (text != null && text.startsWith("tcp://")) {
            throw values.wrong(
                    option,
                    "a port; Kubernetes sets this variable for a service of that name, so say enableServiceLinks: false"
                            + " in the pod, or set the variable yourself");
        }
        return values.integer(option, 0, MAX_PORT);
    }

    private String host(Option option) throws ConfigException {
        String host = String.valueOf(values.text(option));
        int zone = host.indexOf('%');
        boolean isName =
                HOST_NAME.matcher(host).matches() && !NUMBERS.matcher(host).matches();
        boolean isIpV6 = !host.startsWith("[") && NetUtil.isValidIpV6Address(zone < 0 ? host : host.substring(0, zone));
        boolean isValid = isName || isIpV6 || NetUtil.isValidIpV4Address(host);
        if (!isValid) {
            throw values.wrong(option, "an IP address or a host name, without scheme, port and brackets");
        }
        return host;
    }
}

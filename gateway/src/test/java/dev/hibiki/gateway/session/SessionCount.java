package dev.hibiki.gateway.session;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * How many objects of sessions are reachable in this JVM, by their class: a session itself, its subscription, its cursors.
 * Immutable.
 */
record SessionCount(Map<String, Integer> instances) {
    private static final Pattern LINE = Pattern.compile(
            " *\\d+: +(\\d+) +\\d+ +dev\\.hibiki\\.gateway\\.(?:hub|session|sse|ws)\\.(\\w*Session|Subscription|Cursor)(?: .*)?");

    /** Collects the heap and counts. */
    static SessionCount now() {
        Map<String, Integer> instances = new TreeMap<>();
        String histogram;
        try {
            histogram = (String) ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "gcClassHistogram",
                            new Object[] {new String[0]},
                            new String[] {String[].class.getName()});
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
        histogram.lines().forEach(line -> {
            Matcher matcher = LINE.matcher(line);
            if (matcher.matches()) {
                instances.put(matcher.group(2), Integer.parseInt(matcher.group(1)));
            }
        });
        return new SessionCount(instances);
    }

    /** Waits until a closed gateway, which is still referred to, keeps no objects of its sessions. */
    void awaitNoMore(Object gateway) {
        try {
            eventually()
                    .untilAsserted(() -> now().instances
                            .forEach((type, count) -> assertThat(count)
                                    .as("%s objects that are left", type)
                                    .isLessThanOrEqualTo(instances.getOrDefault(type, 0))));
        } finally {
            Reference.reachabilityFence(gateway);
        }
    }
}

package dev.hibiki.gateway.config;

import com.sun.management.OperatingSystemMXBean;
import dev.hibiki.gateway.options.ConfigException;
import dev.hibiki.gateway.options.Values;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The memory that Java may take of this machine or container, and the part of it for the logs of events. Immutable.
 *
 * @param heapBytes the most that the heap may take
 * @param directBytes the most that all direct memory may take: logs, and the buffers of sockets
 * @param machineBytes what the machine has, or the limit of the container where that is lower
 */
public record MemoryPlan(long heapBytes, long directBytes, long machineBytes) {
    private static final Logger log = LoggerFactory.getLogger(MemoryPlan.class);

    /** Where nobody knows the limits. */
    static final MemoryPlan UNLIMITED = new MemoryPlan(0, Long.MAX_VALUE / 2, Long.MAX_VALUE / 2);

    /** Logs get this much even where it does not fit: a gateway without logs is of no use. */
    static final long MIN_LOG_BYTES = 4L << 20;

    /** The memory that Java takes beside heap and direct memory, measured with 1,000 clients: classes, compiled code, threads. */
    static final long JAVA_BYTES = 128L << 20;

    /** The buffers of sockets need two chunks of Netty's pools at least, and more with many clients. */
    private static final long MIN_SOCKET_BYTES = 8L << 20;

    private static final int SOCKET_DIVISOR = 8;

    /** The kernel takes so much memory for an idle socket: 3,930 to 4,118 B of slab were measured, with 18,000 sockets. */
    private static final int KERNEL_SOCKET_BYTES = 4 << 10;

    /** Returns the plan of this process. The JDK knows the limits of containers. */
    public static MemoryPlan ofThisProcess() {
        long machine = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
        return new MemoryPlan(Runtime.getRuntime().maxMemory(), PlatformDependent.maxDirectMemory(), machine);
    }

    private long socketBytes() {
        return Math.min(directBytes / 2, Math.max(MIN_SOCKET_BYTES, directBytes / SOCKET_DIVISOR));
    }

    /** The memory for direct buffers when the heap is full. */
    private long besideHeapBytes() {
        return machineBytes - heapBytes - JAVA_BYTES;
    }

    /** Returns the most that all logs together can have. */
    public long mostForLogs() {
        long room = Math.min(directBytes, besideHeapBytes()) - socketBytes();
        return Math.max(MIN_LOG_BYTES, room);
    }

    /** Returns what all logs together get when no option says it: half of the direct memory, or less where that is too much. */
    public long defaultForLogs() {
        return Math.min(Math.max(MIN_LOG_BYTES, directBytes / 2), mostForLogs());
    }

    /**
     * Returns how many connections of clients fit beside heap, direct memory and Java itself. A quarter of the machine is for them
     * in any case, since those hardly use all at once that they may.
     *
     * @param nativeBytes what a connection takes of the memory that Java does not count
     */
    public int mostConnections(int nativeBytes) {
        long room = Math.max(machineBytes / 4, besideHeapBytes() - directBytes);
        return (int) Math.min(Integer.MAX_VALUE, room / (KERNEL_SOCKET_BYTES + nativeBytes));
    }

    /** Refuses sizes of logs that someone has chosen and that cannot be had. */
    void check(Values values, GatewayConfig.Limits limits) throws ConfigException {
        if (limits.logMemoryBytes() > mostForLogs()) {
            throw values.wrong(
                    Setting.LOG_MEMORY_BYTES, "at most " + mebibytes(mostForLogs()) + ", since " + describeLimits());
        }
        boolean isBudgetChosen = limits.logMemoryBytes() != 0;
        long most = isBudgetChosen ? limits.logMemoryBytes() : mostForLogs();
        if (limits.logBytes() <= most) {
            return;
        }
        if (values.isChosen(Setting.LOG_BYTES)) {
            throw values.wrong(
                    Setting.LOG_BYTES,
                    "at most " + mebibytes(most)
                            + (isBudgetChosen ? ", which is --log-memory-bytes" : ", since " + describeLimits()));
        }
        values.adapt(
                Setting.LOG_BYTES, String.valueOf(most), isBudgetChosen ? "--log-memory-bytes" : "the memory of Java");
    }

    /** Returns what all logs together may take. */
    public long budget(GatewayConfig.Limits limits) {
        return limits.logMemoryBytes() == 0 ? defaultForLogs() : limits.logMemoryBytes();
    }

    /** Logs the arithmetic in one line. */
    public void announce(GatewayConfig.Limits limits) {
        String line = "Memory: all logs together may take " + mebibytes(budget(limits)) + " (--log-memory-bytes); "
                + describeLimits();
        if (exceedsMachine()) {
            log.warn(
                    "{}. The sum is larger than that, so the kernel may kill the gateway. Lower -Xmx or -XX:MaxDirectMemorySize",
                    line);
        } else {
            log.info("{}", line);
        }
    }

    /** True when the heap, Java itself and its direct memory are more than there is. */
    boolean exceedsMachine() {
        return besideHeapBytes() < directBytes;
    }

    private String describeLimits() {
        return "Java may take " + mebibytes(heapBytes) + " of heap (-Xmx), " + mebibytes(directBytes)
                + " of direct memory (-XX:MaxDirectMemorySize), of which sockets need " + mebibytes(socketBytes())
                + ", and about " + mebibytes(JAVA_BYTES) + " for itself, and this machine or container has "
                + mebibytes(machineBytes);
    }

    private static String mebibytes(long bytes) {
        return (bytes >> 20) + "m";
    }
}

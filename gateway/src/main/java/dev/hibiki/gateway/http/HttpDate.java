package dev.hibiki.gateway.http;

import io.netty.handler.codec.DateFormatter;
import java.util.Date;
import java.util.concurrent.TimeUnit;

/** The time of an answer, for the header {@code Date} (RFC 9110, section 6.6.1). Thread-safe. Formats once a second. */
public final class HttpDate {
    private record Formatted(long second, String text) {}

    private static volatile Formatted last = format(0);

    private HttpDate() {}

    /** The current time, such as {@code Sun, 06 Nov 1994 08:49:37 GMT}. */
    public static String now() {
        long second = TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis());
        Formatted known = last;
        if (known.second() != second) {
            known = format(second);
            last = known;
        }
        return known.text();
    }

    private static Formatted format(long second) {
        return new Formatted(second, DateFormatter.format(new Date(TimeUnit.SECONDS.toMillis(second))));
    }
}

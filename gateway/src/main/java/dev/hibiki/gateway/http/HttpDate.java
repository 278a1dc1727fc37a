package dev.hibiki.gateway.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** The time of an answer, for the header {@code Date} (RFC 9110, section 6.6.1). Thread-safe. Formats once a second. */
public final class HttpDate {
    /** IMF-fixdate of RFC 9110, section 5.6.7. Java's own format of RFC 1123 has days of one digit. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

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
        return new Formatted(second, FORMAT.format(Instant.ofEpochSecond(second)));
    }
}

package dev.hibiki.gateway.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says in plain English why a file could not be read, or a socket not be opened. Java and Netty often say only the name of the file
 * or the number of the error. Stateless.
 */
public final class FailureReason {
    /** The reason behind an error of the operating system, by a part of its text in lower case. */
    private static final Map<String, String> ERRORS = new LinkedHashMap<>();

    static {
        ERRORS.put("address already in use", "another process listens there already");
        ERRORS.put("cannot assign requested address", "this machine does not have that address");
        ERRORS.put(
                "invalid argument",
                "the address cannot be used like this (an IPv6 address of a link needs its interface, as in fe80::1%eth0)");
        ERRORS.put("permission denied", "this user may not do that (permission denied)");
        ERRORS.put("too many open files", "too many files are open (ulimit -n, or LimitNOFILE of systemd)");
        ERRORS.put("connection refused", "nothing accepts connections there (connection refused)");
        ERRORS.put("no route to host", "no route leads there");
        ERRORS.put("network is unreachable", "no route leads there");
        ERRORS.put("connection reset", "the other side reset the connection");
        ERRORS.put("is a directory", "it is a directory");
        ERRORS.put("not a directory", "a part of its path is not a directory");
    }

    /** What Netty puts before the text of the operating system. */
    private static final Pattern NATIVE_CALL = Pattern.compile("^\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ");

    private FailureReason() {}

    /** Returns one line: the reason in our words where it is a known one, else the failure's own. */
    public static String of(Throwable failure) {
        Throwable cause = unwrapped(failure);
        if (cause instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (cause instanceof AccessDeniedException) {
            return "this user may not read it (permission denied)";
        }
        if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
            return "its host name cannot be resolved";
        }
        if (cause instanceof SocketTimeoutException
                || cause instanceof HttpTimeoutException
                || cause instanceof TimeoutException) {
            return "it did not answer in time";
        }
        if (cause instanceof CharacterCodingException) {
            return "it is not UTF-8 text";
        }
        if (cause instanceof ConnectException && cause.getMessage() == null) { // As of Java's HTTP client.
            return "no connection could be made";
        }
        String text = text(cause);
        String known = ofText(text);
        return known == null ? text : known;
    }

    /** Returns the reason behind the text of an error of the operating system; null when it is not a known one. */
    public static @Nullable String ofText(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        return ERRORS.entrySet().stream()
                .filter(error -> lower.contains(error.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(null);
    }

    /** Returns the text of the failure itself. Of a type that is not in {@code java.io}, the name says a part of the reason. */
    private static String text(Throwable cause) {
        String message = cause instanceof FileSystemException file ? file.getReason() : cause.getMessage();
        String text = message != null && cause instanceof IOException ? message : cause.toString();
        return withoutCall(text).replaceAll("\\s*\\R\\s*", " ");
    }

    /** Returns the text of an error of the operating system without the function of Netty that failed. */
    public static String withoutCall(String text) {
        return NATIVE_CALL.matcher(text).replaceFirst("");
    }

    private static Throwable unwrapped(Throwable failure) {
        Throwable cause = failure;
        for (Throwable next = inner(cause); next != null; next = inner(cause)) {
            cause = next;
        }
        return cause;
    }

    private static @Nullable Throwable inner(Throwable failure) {
        boolean isWrapper = failure instanceof CompletionException
                || failure instanceof ExecutionException
                || failure instanceof UncheckedIOException;
        return isWrapper ? failure.getCause() : null;
    }
}

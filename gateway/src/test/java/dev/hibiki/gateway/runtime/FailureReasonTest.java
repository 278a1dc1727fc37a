package dev.hibiki.gateway.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The failures are those that Java really throws, where a test can cause them. */
class FailureReasonTest {
    @Test
    void shouldSayWhyAFileCannotBeRead(@TempDir Path folder) throws IOException {
        Path latin = Files.write(folder.resolve("latin"), new byte[] {(byte) 0xE9, 'a'});

        assertThat(reason(() -> Files.readString(folder.resolve("none")))).isEqualTo("there is no such file");
        assertThat(reason(() -> Files.readString(folder))).isEqualTo("it is a directory");
        assertThat(reason(() -> Files.readString(latin))).isEqualTo("it is not UTF-8 text");
        assertThat(FailureReason.of(new AccessDeniedException("/etc/hibiki/key")))
                .isEqualTo("this user may not read it (permission denied)");
    }

    @Test
    void shouldSayWhyAnAddressCannotBeReached() throws IOException {
        int port;
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = busy.getLocalPort();
            assertThat(reason(() -> new ServerSocket(port, 1, busy.getInetAddress())))
                    .isEqualTo("another process listens there already");
        }
        assertThat(reason(() -> InetAddress.getAllByName("name.invalid")))
                .isEqualTo("its host name cannot be resolved");
        assertThat(reason(() -> new Socket(InetAddress.getLoopbackAddress(), port)))
                .isEqualTo("nothing accepts connections there (connection refused)");
    }

    @Test
    void shouldLookBehindWhatOnlyWrapsTheCause() {
        assertThat(FailureReason.of(
                        new CompletionException(new UncheckedIOException(new IOException("line 3 is wrong")))))
                .isEqualTo("line 3 is wrong");
        assertThat(FailureReason.of(new CompletionException(new java.net.ConnectException())))
                .isEqualTo("no connection could be made");
        assertThat(FailureReason.of(new UnresolvedAddressException())).isEqualTo("its host name cannot be resolved");
        assertThat(FailureReason.of(new IOException("bind(..) failed with error(-1): Operation not permitted")))
                .isEqualTo("Operation not permitted");
        assertThat(FailureReason.of(new CompletionException(new TimeoutException())))
                .isEqualTo("it did not answer in time");
    }

    @Test
    void shouldKeepTheTextOfAnUnknownFailureInOneLine() {
        assertThat(FailureReason.of(new IllegalStateException("first\n  second")))
                .isEqualTo("java.lang.IllegalStateException: first second");
    }

    private static String reason(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return FailureReason.of(catchThrowable(call));
    }
}

package dev.hibiki.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenSslLibraryTest {
    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void shouldBeAvailableHere(String algorithm) {
        assertThat(OpenSslLibrary.unavailability(algorithm)).isNull();
        assertThat(OpenSslLibrary.version()).startsWith("BoringSSL");
    }

    @Test
    void shouldNotTakeKeysThatFailInEachHandshake() {
        assertThat(OpenSslLibrary.unavailability("EdDSA"))
                .isEqualTo("it takes no EdDSA keys, such as Ed25519 (expected: RSA or EC)");
    }

    @Test
    void shouldNotBeTriedOnMusl() {
        String alpine = "7f1c2a000000-7f1c2a014000 r--p 00000000 00:2f 1577 /lib/ld-musl-x86_64.so.1\n";
        assertThat(OpenSslLibrary.unavailabilityWith(alpine)).startsWith("it needs glibc, and this machine has musl");
        assertThat(OpenSslLibrary.unavailabilityWith("/usr/lib/x86_64-linux-gnu/libc.so.6"))
                .isNull();
    }

    /** Messages of Netty, of the JDK and of the dynamic linker. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/tmp/libnetty.so: /tmp/libnetty.so: failed to map segment from shared object"
                        + "|its library would be loaded from a directory that does not allow programs (expected: one without"
                        + " noexec, by -Dio.netty.native.workdir=DIRECTORY in the options of Java): ",
                "Multiple resources found for 'META-INF/native/libnetty.so' with different content: [a, b]"
                        + "|two libraries of it are on the class path (expected: only the one in the jar): ",
                "could not load a native library: netty_tcnative_linux_riscv64|its library cannot be loaded on Linux "
            })
    void shouldSayWhyItsLibraryCannotBeLoaded(String message, String reason) {
        IllegalArgumentException failure = new IllegalArgumentException("Failed to load any of the given libraries");
        failure.addSuppressed(new UnsatisfiedLinkError(message));
        assertThat(OpenSslLibrary.reason(failure)).startsWith(reason).endsWith(": " + message);
    }

    @Test
    void shouldSayThatItsClassesAreMissing() {
        assertThat(OpenSslLibrary.reason(new ClassNotFoundException("io.netty.internal.tcnative.SSL")))
                .isEqualTo("netty-tcnative is not on the class path (expected: the jar as it was built)");
    }
}

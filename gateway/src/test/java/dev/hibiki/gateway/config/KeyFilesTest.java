package dev.hibiki.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFilesTest {
    @TempDir
    Path folder = Path.of("");

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("file"), text);
    }

    @Test
    void shouldReadOneKeyPerLineAndSkipComments() throws IOException {
        assertThat(KeyFiles.keys(file("# of the shop\r\n one \n\n#two\nthree#3\n")))
                .containsExactly("one", "three#3");
    }

    @ParameterizedTest
    @CsvSource({
        "'a\nb c\n', line 2 is not a key",
        "'\n# none\n', it has no key (expected: one key in each line)",
        "é, line 1 is not a key"
    })
    void shouldRefuseAnInvalidFileWithoutRepeatingItsContent(String text, String reason) throws IOException {
        Path file = file(text);

        assertThatThrownBy(() -> KeyFiles.keys(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(reason)
                .hasMessageNotContaining("b c");
    }

    @Test
    void shouldReadASecretWithoutItsLineEnd() throws IOException {
        String secret = "0123456789abcdef 0123456789abcdé";

        assertThat(KeyFiles.secret(file(secret + "\r\n")))
                .asString(java.nio.charset.StandardCharsets.UTF_8)
                .isEqualTo(secret);
        Path shorter = file(secret.substring(2) + "\n\n");
        assertThatThrownBy(() -> KeyFiles.secret(shorter))
                .hasMessage("the secret has 31 bytes (expected: at least 32)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC", "Ed25519"})
    void shouldReadPublicKeysOfEachKind(String algorithm) throws IOException, GeneralSecurityException {
        PublicKey first =
                KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic();
        PublicKey second =
                KeyPairGenerator.getInstance(algorithm).generateKeyPair().getPublic();

        assertThat(KeyFiles.publicKeys(file("words\n" + pem(first.getEncoded()) + pem(second.getEncoded()))))
                .containsExactly(first, second);
    }

    @Test
    void shouldRefuseAFileWithoutAPublicKey() throws IOException {
        Path none = file("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        assertThatThrownBy(() -> KeyFiles.publicKeys(none)).hasMessage("it has no -----BEGIN PUBLIC KEY-----");
        Path broken = file(pem(new byte[] {1, 2, 3}));
        assertThatThrownBy(() -> KeyFiles.publicKeys(broken))
                .hasMessage("public key 1 is of another type than RSA, EC and Ed25519");
    }

    private static String pem(byte[] encoded) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded)
                + "\n-----END PUBLIC KEY-----\n";
    }
}

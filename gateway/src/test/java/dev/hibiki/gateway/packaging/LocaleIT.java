package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.RedisExtension;
import dev.hibiki.testing.RedisFixture;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Without a locale, as in a container, text is UTF-8 all the same: arguments, variables, files and the output. */
@Tag("jdk")
@ExtendWith(RedisExtension.class)
final class LocaleIT {
    /** The bytes come from the shell, so that they do not depend on the locale of this test. */
    private static final String VIDEO = "\"$(printf '\\345\\213\\225\\347\\224\\273')\"";

    private static final String NO_LOCALE = "unset LANG LC_ALL LC_CTYPE; v=" + VIDEO + "; ";

    @Test
    void shouldReadArgumentsAndVariablesAndWriteTheOutputInUtf8(RedisFixture redis) throws IOException {
        try (GatewayProcess gateway = GatewayProcess.jarAfter(
                        NO_LOCALE + "export HIBIKI_ROUTING_FIELD=$v; set -- \"$@\" --channel \"topvideohub:$v\"",
                        "--redis",
                        redis.uri())
                .environment("JDK_JAVA_OPTIONS", "-Dhibiki.test=1 -Xshare:auto")
                .start()) {
            assertThat(redis.cli("PUBSUB", "CHANNELS", "topvideohub:*")).contains("topvideohub:動画");
            eventually().untilAsserted(() -> assertThat(gateway.output()).contains("topvideohub:動画"));
        }
    }

    @Test
    void shouldPrintInUtf8AndSayWhyAFileCannotBeOpened() throws IOException {
        GatewayProcess.Result printed = GatewayProcess.jarAfter(
                        NO_LOCALE + "export HIBIKI_ROUTING_FIELD=$v; set -- \"$@\" --channel \"$v\"", "--print-config")
                .run();
        assertThat(printed.output()).contains("\nchannel=動画\n", "\nrouting-field=動画\n");
        assertThat(printed.exitCode()).isZero();

        GatewayProcess.Result refused = GatewayProcess.jarAfter(NO_LOCALE + "set -- \"$@\" --config \"$v\"")
                .run();
        assertThat(refused.output())
                .isEqualTo(
                        "hibiki: --config: \"動画\" cannot be opened (expected: a file name in ASCII, or LANG=C.UTF-8 in"
                                + " the environment of the gateway, since Java reads file names by the locale)\n");
        assertThat(refused.exitCode()).isEqualTo(2);
    }
}

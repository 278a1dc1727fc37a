package dev.hibiki.gateway.config;

import static dev.hibiki.gateway.config.ConfigErrorTest.error;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An error about an address shows no password, however the address is written. */
class HiddenPasswordTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "redis://gateway:s3cret",
                "redis://:s3cret/0",
                "rediss://gateway:123456",
                "redis://gateway:12s3cret",
                "redis+socket://u:s3cret"
            })
    void shouldHideAPasswordWithoutAHost(String uri) {
        assertThat(error(Map.of("HIBIKI_REDIS", uri)))
                .startsWith("--redis: \"")
                .contains(":***\", from variable HIBIKI_REDIS: ")
                .doesNotContain("s3", "cret", "123456");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://user:s3cret@host",
                "redis://user:s3cret@:",
                "redis://user:s3/cret@host:x",
                "user:s3cret@host",
                "redis://user:half@s3cret@host:x",
                "redis-sentinel://user:s3cret@h1,h2",
                "redis-cluster://user:s3cret@h1,h2/7",
                "//user:s3cret@host",
                "redis:/user:s3cret@host",
                "\"redis://user:s3cret@host\"",
                "REDIS:user:s3cret@host",
                "redis://user:s3\rcret@host",
                "redis://user:s3\u2028cret@host",
                "redis://u:p@h1,user:s3cret@h2"
            })
    void shouldHideThePasswordOfAnInvalidUri(String uri) {
        assertThat(error("--redis", uri))
                .startsWith("--redis: \"")
                .contains("***@")
                .doesNotContain("s3", "cret", "half");
    }

    /** As PHP, Symfony and .NET write it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp://host:6379?auth=s3cret",
                "redis://host?password=s3&cret",
                "redis://host?user=u;auth[]=s3,cret",
                "host:6379,password=s3,cret,ssl=true",
                "host:6379 password=s3cret",
                "redis://host?db=1&auth=s3cret"
            })
    void shouldHideThePasswordInAParameter(String uri) {
        assertThat(error("--redis", uri))
                .startsWith("--redis: \"")
                .contains("=***\"")
                .doesNotContain("s3", "cret");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host:6379:s3cret",
                "host:6379 s3cret",
                "-h host -a s3cret",
                "{\"host\":\"host\",\"password\":\"s3cret\"}",
                "password=s3cret host=h"
            })
    void shouldHideATextThatIsNoAddress(String uri) {
        assertThat(error("--redis=" + uri))
                .startsWith("--redis: \"***\", from flag --redis: ")
                .doesNotContain("s3cret");
    }

    @Test
    void shouldNotShowThePasswordOfAnAddressThatIsTakenForAFile() {
        assertThat(error("--config", "redis://u:s3cret@h"))
                .isEqualTo("--config: \"redis://u:***@h\" does not exist (expected: a properties file)");
    }
}

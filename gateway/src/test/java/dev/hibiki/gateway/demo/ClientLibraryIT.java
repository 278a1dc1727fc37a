package dev.hibiki.gateway.demo;

import static dev.hibiki.gateway.support.Events.CHANNEL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.testing.BrowserFixture;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A page with hibiki.js in a real browser comes back and misses nothing. */
final class ClientLibraryIT {
    private static final String CONNECT = """
            const done = arguments[1];
            window.seen = [];
            import('/hibiki.js').then(({ Hibiki }) => {
              window.hibiki = new Hibiki('/', { lastId: arguments[0] ?? undefined });
              hibiki.addEventListener('hello', ({ detail }) => seen.push('hello ' + detail.resume));
              hibiki.addEventListener('gap', ({ detail }) => seen.push('gap ' + detail.channel + ' ' + detail.missed));
              hibiki.addEventListener('event', ({ detail }) => seen.push(detail.title));
              done('ok');
            }, (e) => done(String(e)));
            """;

    private static BrowserFixture browser;

    private RunningGateway gateway;

    @BeforeAll
    static void openBrowser() {
        browser = BrowserFixture.start();
    }

    @AfterAll
    static void closeBrowser() {
        browser.close();
    }

    @BeforeEach
    void start() {
        gateway = RunningGateway.startReady();
        browser.driver().get("http://127.0.0.1:" + gateway.gateway().clientPort() + "/");
    }

    /** A page that is left open would try to reconnect. */
    @AfterEach
    void leave() {
        browser.driver().get("about:blank");
        gateway.close();
    }

    private static void awaitSeen(Stream<String> expected) {
        List<String> all = expected.toList();
        await().atMost(RunningGateway.PATIENCE)
                .untilAsserted(() -> assertThat(browser.driver().executeScript("return window.seen"))
                        .isEqualTo(all));
    }

    private void publish(String id) {
        gateway.post("/publish/" + CHANNEL, "{\"id\":" + id + ",\"title\":\"" + id.replace("\"", "'") + "\"}");
    }

    /** The second of the three ids is that of the first, or near it, when a page reads it as a number. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "9007199254741011, 9007199254741012, 9007199254741013",
                "7.0, 7, 7.00",
                "1e5, 100000, 1E5",
                "-0, 0, 0.0",
                "~\" a \"~, \"a\", ~\" a\"~"
            })
    void shouldMissNoEventWhenItComesBack(String first, String second, String third) {
        assertThat(browser.driver().executeAsyncScript(CONNECT, (Object) null)).isEqualTo("ok");
        awaitSeen(Stream.of("hello new"));
        publish(first);
        awaitSeen(Stream.of("hello new", first.replace('"', '\'')));
        browser.driver().executeScript("window.hibiki.close()");
        publish(second);
        publish(third);
        browser.driver().executeScript("window.hibiki.reconnect()");

        awaitSeen(Stream.of("hello new", first, "hello ok", second, third).map(seen -> seen.replace('"', '\'')));
    }

    @Test
    void shouldTellAPageThatListensForGapsOfTheGapThatHelloTells() {
        assertThat(browser.driver().executeAsyncScript(CONNECT, "unknown")).isEqualTo("ok");

        awaitSeen(Stream.of("hello gap", "gap null null"));
    }
}

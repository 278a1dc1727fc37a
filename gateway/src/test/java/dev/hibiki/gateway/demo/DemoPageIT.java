package dev.hibiki.gateway.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.hibiki.gateway.RunningGateway;
import dev.hibiki.gateway.support.Events;
import dev.hibiki.gateway.support.Http;
import dev.hibiki.gateway.support.PrintedCommand;
import dev.hibiki.testing.BrowserFixture;
import dev.hibiki.testing.Ports;
import dev.hibiki.testing.RedisFixture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.ExpectedConditions;

/** The demo page works for a visitor with a real Chromium. */
final class DemoPageIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** The page reconnects after a random part of 1, 2, 4 and 8 s. */
    private static final Duration RECONNECTED = Duration.ofSeconds(60);

    private static BrowserFixture browser;

    private final int port = Ports.free();
    private RunningGateway gateway;
    private int messagesBefore;

    @BeforeAll
    static void openBrowser() {
        browser = BrowserFixture.start("--window-size=1100,1000");
    }

    @AfterAll
    static void closeBrowser() {
        browser.close();
    }

    @BeforeEach
    void start() throws Exception {
        messagesBefore = browser.consoleMessages().size();
        gateway = RunningGateway.startReady("--port", "" + port);
    }

    /** A page that is left open would try to reconnect, and fill the console with errors. */
    @AfterEach
    void leave() {
        browser.driver().get("about:blank");
        gateway.close();
    }

    @Test
    void shouldShowASampleAsAToastThatDisappears() {
        open("");
        browser.driver().findElement(By.id("publish")).click();
        WebElement toast = awaitToast();
        assertThat(property(toast.findElement(By.className("toast-title")), "textContent"))
                .isEqualTo("新しい動画がトレンド入りしました 🎉");
        assertThat(toast.getText()).contains("JP", "響チャンネル");
        assertThat(property(toast.findElement(By.className("toast-title")), "lang"))
                .isEqualTo("ja");
        await().atMost(SOON).until(() -> toasts().isEmpty());
        assertThat(browser.driver().findElements(By.cssSelector("#events li"))).hasSize(1);
        assertNoComplaints();
    }

    @Test
    void shouldShowAHostileTitleAsText() {
        String title = "<img src=x onerror=alert(1)><script>alert(2)</script>";
        open("");
        publish("{\"event\":\"new_trending\",\"region\":\"<b>JP\",\"channel\":\"<i>c</i>\",\"title\":\"" + title
                + "\",\"thumbnail\":\"javascript:alert(3)\",\"id\":\"<u>1\"}");
        WebElement toast = awaitToast();
        assertThat(property(toast.findElement(By.className("toast-title")), "textContent"))
                .isEqualTo(title);
        browser.driver().findElement(By.cssSelector("#events summary")).click();
        await().atMost(SOON)
                .until(() -> browser.driver()
                        .findElement(By.cssSelector("#events pre"))
                        .getText()
                        .contains(title));
        assertThat(browser.driver()
                        .findElements(
                                By.cssSelector("#toasts :is(img, script, b, i, u), #events :is(img, script, b, i, u)")))
                .isEmpty();
        assertThat(ExpectedConditions.alertIsPresent().apply(browser.driver())).isNull();
        assertNoComplaints();
    }

    @Test
    void shouldShowOnlyTheRegionsThatWereChosen() {
        open("");
        browser.driver()
                .findElement(By.xpath("//form[@id='regions']//label[input/@value='JP']"))
                .click();
        assertThat(browser.driver().getCurrentUrl()).endsWith("?region=JP");
        await().atMost(SOON).until(this::isOpen);
        publish(event("KR", "방금 급상승한 동영상"));
        publish(event("JP", "新しい動画"));
        assertThat(awaitToast().getText()).contains("新しい動画");
        assertThat(toasts()).hasSize(1);
        assertThat(browser.driver().findElement(By.id("count")).getText()).isEqualTo("1");
        assertNoComplaints();
    }

    @Test
    void shouldUseTheRegionsOfTheLink() {
        open("?region=KR&region=VN");
        assertThat(browser.driver().findElements(By.cssSelector("#regions input:checked")))
                .extracting(input -> property(input, "value"))
                .containsExactly("KR", "VN");
        publish(event("JP", "新しい動画"));
        publish(event("VN", "Vừa lên xu hướng"));
        assertThat(awaitToast().getText()).contains("Vừa lên xu hướng");
        assertThat(toasts()).hasSize(1);
    }

    @Test
    void shouldShowNoMoreThanFourToasts() {
        open("");
        for (int i = 1; i <= 6; i++) {
            publish(event("TW", "剛剛爆紅的影片 " + i));
        }
        await().atMost(SOON)
                .until(() ->
                        browser.driver().findElement(By.id("count")).getText().equals("6"));
        assertThat(toasts()).hasSizeBetween(1, 4);
        assertThat(browser.driver().findElements(By.cssSelector("#events .event-title")))
                .extracting(WebElement::getText)
                .containsExactly("剛剛爆紅的影片 6", "剛剛爆紅的影片 5", "剛剛爆紅的影片 4", "剛剛爆紅的影片 3", "剛剛爆紅的影片 2", "剛剛爆紅的影片 1");
    }

    @Test
    void shouldSayWhyTheGatewayRefusesTheLink() {
        browser.driver().get("http://127.0.0.1:" + port + "/?channel=<b>nowhere");
        await().atMost(SOON).until(() -> "closed".equals(state()));
        assertThat(browser.driver().findElement(By.id("state-text")).getText())
                .isEqualTo("Closed: unknown channel \"<b>nowhere\"");
        assertNoComplaints();
    }

    @Test
    void shouldReconnectWhenTheGatewayIsBack() throws Exception {
        open("");
        gateway.close();
        await().atMost(SOON).until(() -> "waiting".equals(state()));
        assertThat(browser.driver().findElement(By.id("state-text")).getText()).isEqualTo("Connection lost");
        gateway = RunningGateway.startReady("--port", "" + port);
        await().atMost(RECONNECTED).until(this::isOpen);
        publish(event("JP", "新しい動画"));
        assertThat(awaitToast().getText()).contains("新しい動画");
    }

    @Test
    void shouldOfferACommandInsteadOfAButtonWhenEventsComeFromRedis() throws Exception {
        gateway.close();
        try (RedisFixture redis = RedisFixture.start()) {
            gateway = RunningGateway.startReady("--port", "" + port, "--redis", redis.uri());
            open("");
            WebElement command = browser.driver().findElement(By.id("command"));
            await().atMost(SOON).until(command::isDisplayed);
            assertThat(browser.driver().findElement(By.id("publish")).isDisplayed())
                    .isFalse();
            PrintedCommand.run(command.getText(), Map.of());
            assertThat(awaitToast().getText()).contains("新しい動画");
            assertNoComplaints();
        }
    }

    @Test
    void shouldShowTheCommandForAStreamWhenEventsComeFromStreams() throws Exception {
        gateway.close();
        try (RedisFixture redis = RedisFixture.start()) {
            gateway = RunningGateway.startReady("--port", "" + port, "--redis", redis.uri(), "--source", "streams");
            open("");
            WebElement command = browser.driver().findElement(By.id("command"));
            await().atMost(SOON).until(command::isDisplayed);
            PrintedCommand.run(command.getText(), Map.of());
            assertThat(awaitToast().getText()).contains("新しい動画");
            assertNoComplaints();
        }
    }

    /** The page is for everybody. */
    @Test
    void shouldPointToTheLogWhenTheCommandNamesAUserOfRedis() throws Exception {
        gateway.close();
        try (RedisFixture redis = RedisFixture.start()) {
            redis.cli("ACL", "SETUSER", "otsuu", "on", ">pw", "~*", "&*", "+@all");
            gateway = RunningGateway.startReady(
                    "--port", "" + port, "--redis", redis.uri().replace("://", "://otsuu:pw@"));
            open("");
            await().atMost(SOON)
                    .until(() -> browser.driver().findElement(By.id("ask")).isDisplayed());
            assertThat(browser.driver().findElement(By.id("howto")).isDisplayed())
                    .isFalse();
            assertThat(browser.driver().findElement(By.tagName("main")).getText())
                    .contains("in the log of the gateway, after “Publish with:”")
                    .doesNotContain("otsuu");
        }
    }

    /** Tries what injected markup of a title could try. */
    @Test
    void shouldRunNoForeignScript() {
        open("");
        Object violations = browser.driver().executeAsyncScript("""
                const done = arguments[0];
                const violations = [];
                document.addEventListener('securitypolicyviolation', (e) => violations.push(e.effectiveDirective));
                const script = document.createElement('script');
                script.append('window.injected = true');
                document.body.append(script);
                const link = document.createElement('link');
                link.rel = 'stylesheet';
                link.href = 'http://localhost:1/x.css';
                document.head.append(link);
                fetch('http://localhost:1/').catch(() => {}).then(() => setTimeout(() => done(
                    [window.injected, ...violations].map(String).join(' ')), 50));
                """);

        assertThat(String.valueOf(violations)).startsWith("undefined ").contains("connect-src", "style-src-elem");
    }

    @Test
    void shouldServeTheClientLibraryAsAModule() {
        open("");
        Object exported = browser.driver().executeAsyncScript("""
                const done = arguments[0];
                import('/hibiki.js').then((module) => done(Object.keys(module).sort()), (e) => done(String(e)));
                """);
        assertThat(exported).isEqualTo(List.of("Hibiki", "backoffMs"));
        assertThat(Http.get("http://127.0.0.1:" + port + "/hibiki.js").headers().firstValue("content-type"))
                .hasValue("text/javascript; charset=utf-8");
        assertNoComplaints();
    }

    /** Opens the page and waits until it is connected and shows its source. */
    private void open(String query) {
        browser.driver().get("http://127.0.0.1:" + port + "/" + query);
        await().atMost(SOON).until(this::isOpen);
        await().atMost(SOON)
                .until(() ->
                        !browser.driver().findElement(By.id("source")).getText().isEmpty());
    }

    private boolean isOpen() {
        return "open".equals(state())
                && browser.driver().findElement(By.id("state-text")).getText().equals("Live");
    }

    private @Nullable String state() {
        return browser.driver().findElement(By.id("state")).getDomAttribute("data-state");
    }

    private static List<WebElement> toasts() {
        return browser.driver().findElements(By.className("toast"));
    }

    private static WebElement awaitToast() {
        await().atMost(SOON).until(() -> !toasts().isEmpty());
        return toasts().get(0);
    }

    private static @Nullable String property(WebElement element, String name) {
        return element.getDomProperty(name);
    }

    private void publish(String event) {
        assertThat(gateway.post("/publish/" + Events.CHANNEL, event).statusCode())
                .isEqualTo(202);
    }

    private static String event(String region, String title) {
        return "{\"event\":\"new_trending\",\"region\":\"" + region + "\",\"title\":\"" + title + "\"}";
    }

    /** A violation of the page's Content-Security-Policy is an error in the console, as an exception is. */
    private void assertNoComplaints() {
        List<String> messages = browser.consoleMessages();
        assertThat(messages.subList(messagesBefore, messages.size())).isEmpty();
    }
}

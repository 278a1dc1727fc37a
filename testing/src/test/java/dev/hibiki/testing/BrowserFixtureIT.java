package dev.hibiki.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;

final class BrowserFixtureIT {
    private static final String PAGE = """
            data:text/html;charset=utf-8,<title>頁</title><p id="p">…</p>
            <script>document.getElementById("p").textContent = "動く"; console.log("told"); console.error("bad");</script>
            """.replace("\n", "");

    @Test
    void shouldRunAPageAndLeaveNothing(@TempDir Path folder) throws Exception {
        Set<Object> before = traces();
        Path picture = folder.resolve("page.png");
        try (BrowserFixture browser = BrowserFixture.start()) {
            browser.driver().get(PAGE);
            assertThat(browser.driver().getTitle()).isEqualTo("頁");
            assertThat(browser.driver().findElement(By.id("p")).getText()).isEqualTo("動く");
            assertThat(browser.consoleErrors()).singleElement().asString().contains("bad");
            assertThat(browser.consoleErrors()).hasSize(1);
            assertThat(browser.consoleMessages()).hasSize(2).anyMatch(message -> message.contains("told"));
            browser.screenshot(picture);
            assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
            assertThat(traces())
                    .filteredOn(trace -> !before.contains(trace))
                    .hasAtLeastOneElementOfType(Path.class)
                    .hasAtLeastOneElementOfType(ProcessHandle.class);
        }
        assertThat(traces()).isSubsetOf(before);
    }

    @Test
    void shouldAcceptASelfSignedCertificateOnlyWithTheArgument(@TempDir Path folder) {
        int port = Ports.free();
        Path pem = folder.resolve("server.pem");
        SelfSignedCertificate.create().writePem(pem);
        String configuration = """
                defaults
                  mode http
                  timeout client 5s
                frontend web
                  bind 127.0.0.1:%d ssl crt %s
                  http-request return status 200 content-type text/plain string "hello"
                """;
        String page = "https://localhost:" + port + "/";
        try (HaproxyFixture proxy = HaproxyFixture.start(configuration.formatted(port, pem), port)) {
            try (BrowserFixture trusting = BrowserFixture.start(BrowserFixture.IGNORE_CERTIFICATE_ERRORS)) {
                trusting.driver().get(page);
                assertThat(trusting.driver().getPageSource()).contains("hello");
            }
            try (BrowserFixture wary = BrowserFixture.start()) {
                wary.driver().get(page);
                assertThat(wary.driver().getPageSource())
                        .contains("ERR_CERT_AUTHORITY_INVALID")
                        .doesNotContain("hello");
            }
            assertThat(proxy.output()).doesNotContain("ALERT");
        }
    }

    /** The folders and processes of browsers on this machine, and all processes that this JVM has started. */
    private static Set<Object> traces() throws Exception {
        Set<Object> traces = new HashSet<>();
        try (Stream<Path> entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            entries.filter(entry -> entry.getFileName().toString().startsWith("hibiki-browser-"))
                    .forEach(traces::add);
        }
        ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).forEach(traces::add);
        ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains("hibiki-browser-"))
                .forEach(traces::add);
        return traces;
    }
}

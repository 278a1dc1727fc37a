package dev.hibiki.gateway.packaging;

import static dev.hibiki.gateway.RunningGateway.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.support.GatewayProcess;
import dev.hibiki.testing.BrowserFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The pages that a reader of the documents makes, in a real Chromium. Confined to the thread of the test. */
final class DocumentPages implements AutoCloseable {
    /** Thumbnails of events are on other hosts. */
    private static final String NO_OTHER_HOSTS =
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";

    private static final String HEAD =
            "<!DOCTYPE html><meta charset=utf-8><link rel=icon href=data:,><script>const titles = {};</script>";

    private final BrowserFixture browser = BrowserFixture.start("--window-size=1540,1010", NO_OTHER_HOSTS);
    private final DocumentReader reader;
    private final String site;

    /** @param site that serves {@code page.html} from the folder of the reader, and all else from a gateway */
    DocumentPages(DocumentReader reader, String site) {
        this.reader = reader;
        this.site = site;
    }

    /** Runs all scripts of the documents in one page, and requires that each of them shows the title of an event. */
    void requireTitlesOfScripts(Runnable publish) throws Exception {
        List<CodeBlock> scripts = CodeBlock.of("js");
        StringBuilder page = new StringBuilder(HEAD);
        for (int i = 0; i < scripts.size(); i++) {
            page.append("<script type=module>const toast = (title) => { titles[%d] = title; }, reload = () => {};\n"
                            .formatted(i))
                    .append(reader.replaced(scripts.get(i).text()))
                    .append("</script>");
        }
        open(page.toString());
        eventually().untilAsserted(() -> {
            publish.run();
            Map<?, ?> titles = (Map<?, ?>) browser.driver().executeScript("return titles");
            assertThat(IntStream.range(0, scripts.size())
                            .filter(i -> !"新しい動画".equals(titles.get("" + i)))
                            .mapToObj(scripts::get))
                    .as("Scripts that show no title")
                    .isEmpty();
        });
        assertThat(browser.consoleErrors()).isEmpty();
    }

    void requireTitleInExample() throws Exception {
        Path example = GatewayProcess.ROOT.resolve(Path.of("scripts", "examples", "page.html"));
        open(reader.replaced(Files.readString(example)));
        await("return document.getElementById('state').textContent === 'open'");
        reader.shell("php scripts/examples/publish.php --region KR");
        await("return document.getElementById('titles').textContent === '새로운 동영상'");
    }

    /** Makes the picture of which {@code docs/demo.png} is a copy. */
    void drawDemo() throws Exception {
        browser.driver().get(site);
        await("return document.getElementById('state').dataset.state === 'open'");
        reader.shell("for region in VN HK KR TW JP; do php scripts/examples/publish.php --region $region; done");
        await("return document.querySelectorAll('#events li').length === 5 && document.getAnimations()"
                + ".every(({ effect }) => effect.target.className !== 'toast')");
        browser.screenshot(Path.of("target", "demo.png"));
    }

    private void open(String page) throws Exception {
        reader.write("page.html", page);
        browser.driver().get(site + "/page.html");
    }

    private void await(String script) {
        eventually().until(() -> Boolean.TRUE.equals(browser.driver().executeScript(script)));
    }

    @Override
    public void close() {
        browser.driver().get("about:blank");
        browser.close();
    }
}

package dev.hibiki.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/**
 * A real headless Chromium, driven by Selenium. Confined to the thread of the test.
 *
 * <p>Selenium gets the paths of the distribution's browser and driver, so that it downloads neither. The browser has a home, a profile and a
 * temporary directory of its own, which are removed at the end, and connects only to the pages that the test opens.
 */
public final class BrowserFixture implements AutoCloseable {
    /** The argument for tests of TLS with a {@link SelfSignedCertificate}. */
    public static final String IGNORE_CERTIFICATE_ERRORS = "--ignore-certificate-errors";

    /** Selenium warns about this Chromium's developer protocol, which is not used here. The field keeps the silenced logger alive. */
    private static final Logger DEVTOOLS_LOG = Logger.getLogger("org.openqa.selenium.devtools");

    private static final Duration PAGE_LOAD_ALLOWED = Duration.ofSeconds(30);
    private static final Duration END_ALLOWED = Duration.ofSeconds(10);
    private static final List<String> ARGUMENTS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-breakpad");

    static {
        DEVTOOLS_LOG.setLevel(Level.SEVERE);
    }

    private final TempFolder folder;
    private final ChromeDriverService service;
    private final ChromeDriver driver;
    private final List<LogEntry> console = new ArrayList<>();

    /** The driver cannot quit when the JVM ends: a hook of Selenium ends it then. */
    private final AutoCloseable remains = this::removeRemains;

    private BrowserFixture(TempFolder folder, ChromeDriverService service, ChromeDriver driver) {
        this.folder = folder;
        this.service = service;
        this.driver = driver;
    }

    /** Starts a browser with an empty profile; {@code extraArguments} are Chromium's, e.g. {@link #IGNORE_CERTIFICATE_ERRORS}. */
    public static BrowserFixture start(String... extraArguments) {
        Path browser = Component.CHROMIUM.require();
        Path driver = Component.CHROMEDRIVER.require();
        TempFolder folder = TempFolder.create("browser");
        String home = folder.path().toString();
        Path log = folder.file("chromedriver.log");
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.toFile())
                .usingPort(Ports.free())
                .withLogFile(log.toFile())
                .withEnvironment(Map.of("HOME", home, "TMPDIR", home, "XDG_CONFIG_HOME", home, "XDG_CACHE_HOME", home))
                .build();
        ChromeOptions options = new ChromeOptions();
        options.setBinary(browser.toFile());
        options.setAcceptInsecureCerts(false);
        options.setPageLoadTimeout(PAGE_LOAD_ALLOWED);
        options.addArguments(ARGUMENTS);
        options.addArguments("--user-data-dir=" + folder.file("profile"));
        options.addArguments(extraArguments);
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        try {
            BrowserFixture fixture = new BrowserFixture(folder, service, new ChromeDriver(service, options));
            AtExit.close(fixture.remains);
            return fixture;
        } catch (WebDriverException e) {
            String output = read(log);
            service.stop();
            folder.close();
            throw new IllegalStateException("The browser did not start; its driver's output:\n" + output, e);
        }
    }

    public ChromeDriver driver() {
        return driver;
    }

    /** All console messages of the pages since the start, with their levels. */
    public List<String> consoleMessages() {
        return console(Level.ALL);
    }

    /** The console errors of the pages since the start: exceptions, failed requests, {@code console.error}. */
    public List<String> consoleErrors() {
        return console(Level.SEVERE);
    }

    private List<String> console(Level from) {
        console.addAll(driver.manage().logs().get(LogType.BROWSER).getAll());
        return console.stream()
                .filter(entry -> entry.getLevel().intValue() >= from.intValue())
                .map(entry -> entry.getLevel() + " " + entry.getMessage())
                .toList();
    }

    /** Writes a screenshot of the window as PNG. */
    public void screenshot(Path file) {
        try {
            Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        AtExit.forget(remains);
        try {
            driver.quit();
        } finally {
            service.stop();
            removeRemains();
        }
    }

    private void removeRemains() {
        endStragglers();
        folder.close();
    }

    /** Ends helper processes outside the driver's process tree, found by this browser's directory in their arguments. */
    private void endStragglers() {
        Deadline deadline = Deadline.in(END_ALLOWED);
        deadline.awaitUntil(() -> "the browser's processes are gone", () -> {
            List<ProcessHandle> left = processes().toList();
            left.forEach(ProcessHandle::destroyForcibly);
            return left.isEmpty();
        });
    }

    private Stream<ProcessHandle> processes() {
        String mark = folder.path().toString();
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(mark));
    }

    private static String read(Path log) {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "(none: " + e + ")";
        }
    }
}

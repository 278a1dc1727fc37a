package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hibiki.gateway.Main;
import dev.hibiki.gateway.support.GatewayProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The fat jar has its manifest entries, its merged files and no signatures: shading may break these without an error. */
final class FatJarContentsIT {
    private JarFile jar;

    @BeforeEach
    void open() throws IOException {
        jar = new JarFile(GatewayProcess.JAR.toFile());
    }

    @AfterEach
    void close() throws IOException {
        jar.close();
    }

    @Test
    void shouldHaveTheManifestEntriesForTheJvm() throws IOException {
        Attributes manifest = jar.getManifest().getMainAttributes();
        assertThat(manifest.getValue("Main-Class")).isEqualTo(Main.class.getName());
        assertThat(manifest.getValue("Multi-Release")).isEqualTo("true");
        assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
        assertThat(manifest.getValue("Add-Opens")).isEqualTo("java.base/java.nio");
        assertThat(manifest.getValue("Implementation-Version")).isNotBlank();
    }

    @Test
    void shouldKeepTheVersionsOfAllNettyModules() throws IOException {
        Properties versions = new Properties();
        versions.load(jar.getInputStream(jar.getEntry("META-INF/io.netty.versions.properties")));
        assertThat(versions.stringPropertyNames())
                .contains(
                        "netty-common.version",
                        "netty-codec-http.version",
                        "netty-codec-haproxy.version",
                        "netty-transport-classes-io_uring.version",
                        "netty-transport-native-epoll.version");
    }

    @Test
    void shouldContainTheNativeLibraries() {
        assertThat(names())
                .anyMatch(name -> name.matches("META-INF/native/libnetty_transport_native_epoll_\\w+\\.so"))
                .anyMatch(name -> name.matches("META-INF/native/libnetty_transport_native_io_uring\\w*\\.so"));
    }

    /** OpenSSL has security updates of its own, so that it must be replaceable without a new gateway. */
    @Test
    void shouldNotContainOpenSsl() {
        assertThat(names()).noneMatch(name -> name.contains("tcnative"));
    }

    @Test
    void shouldContainTheLogConfigurationAndThePage() {
        assertThat(names())
                .contains(
                        "META-INF/services/ch.qos.logback.classic.spi.Configurator",
                        "dev/hibiki/gateway/demo/page/index.html",
                        "dev/hibiki/gateway/demo/page/hibiki.js");
    }

    @Test
    void shouldContainNoFileTwiceNoSignatureAndNoTestClass() {
        assertThat(names())
                .doesNotHaveDuplicates()
                .noneMatch(name -> name.matches("META-INF/[^/]*\\.(SF|DSA|RSA|EC)"))
                .noneMatch(name -> name.startsWith("org/junit/") || name.startsWith("dev/hibiki/testing/"))
                .noneMatch(name -> name.endsWith("module-info.class"));
    }

    @Test
    void shouldListOnlyServiceProvidersThatItContains() throws IOException {
        List<ZipEntry> services = jar.stream()
                .filter(entry -> entry.getName().matches("META-INF/services/[^/]+"))
                .map(ZipEntry.class::cast)
                .toList();
        assertThat(services)
                .extracting(ZipEntry::getName)
                .contains("META-INF/services/org.slf4j.spi.SLF4JServiceProvider");
        for (ZipEntry service : services) {
            String text = new String(jar.getInputStream(service).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(text.lines()
                            .map(line -> line.replaceFirst("#.*", "").strip())
                            .filter(line -> !line.isEmpty()))
                    .as(service.getName())
                    .allMatch(provider -> jar.getEntry(provider.replace('.', '/') + ".class") != null);
        }
    }

    private List<String> names() {
        return jar.stream().map(ZipEntry::getName).toList();
    }
}

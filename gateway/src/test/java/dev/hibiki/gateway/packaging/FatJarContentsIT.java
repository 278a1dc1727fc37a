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

    /** One jar runs at full speed on each processor, and brings no library that it cannot use. */
    @Test
    void shouldContainTheNativeLibrariesOfLinuxOnBothProcessorsAndNoOthers() {
        assertThat(names().stream().filter(name -> name.matches("META-INF/native/.+|.*\\.(so|dll|jnilib|dylib)")))
                .containsExactlyInAnyOrder(
                        "META-INF/native/libnetty_tcnative_linux_aarch_64.so",
                        "META-INF/native/libnetty_tcnative_linux_x86_64.so",
                        "META-INF/native/libnetty_transport_native_epoll_aarch_64.so",
                        "META-INF/native/libnetty_transport_native_epoll_x86_64.so",
                        "META-INF/native/libnetty_transport_native_io_uring42_aarch_64.so",
                        "META-INF/native/libnetty_transport_native_io_uring42_x86_64.so");
    }

    @Test
    void shouldContainTheLicencesOfWhatItBrings() throws IOException {
        assertThat(names())
                .contains("META-INF/LICENSE", "META-INF/license/LICENSE.boringssl.txt")
                .contains("META-INF/license/LICENSE.tomcat-native.txt");
        assertThat(new String(
                        jar.getInputStream(jar.getEntry("META-INF/NOTICE")).readAllBytes(), StandardCharsets.UTF_8))
                .contains("license/LICENSE.boringssl.txt", "license/LICENSE.tomcat-native.txt");
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

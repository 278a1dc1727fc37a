package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.support.GatewayProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Runs scripts as root and for real, each on a new copy of this machine: an overlay in a mount namespace, gone with the process that made it. There no
 * systemd runs. Scripts start in a copy of the repository.
 */
final class MachineCopy {
    /** Arguments: a directory to mount on, the repository, what to run in the copy. */
    private static final String MACHINE = """
            umask 022
            overlay() {
              mkdir -p "$1" "$3/changes" "$3/work"
              mount -t overlay -o "lowerdir=$2,upperdir=$3/changes,workdir=$3/work" hibiki-test "$1"
            }
            mount -t tmpfs hibiki-test "$1"
            overlay "$1/root" / "$1/machine"
            mount --rbind /proc "$1/root/proc"
            mount --rbind /dev "$1/root/dev"
            overlay "$1/root/srv/repository" "$2" "$1/repository"
            exec chroot "$1/root" env -C /srv/repository bash -euc "$3"
            """;

    private final Path folder;
    private final String preparation;

    private MachineCopy(Path folder, String preparation) {
        this.folder = folder;
        this.preparation = preparation;
    }

    /**
     * Skips the test where this machine cannot be copied. The copies are mounted on this empty folder, where nobody else sees them, and are prepared by
     * this script.
     */
    static MachineCopy require(Path folder, String preparation) throws IOException, InterruptedException {
        GatewayProcess.Result result = new MachineCopy(folder, "").run("true");
        assumeTrue(result.exitCode() == 0, () -> "Only root with overlayfs can copy the machine: " + result.output());
        return new MachineCopy(folder, preparation);
    }

    GatewayProcess.Result run(String script) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "private",
                        "bash",
                        "-euc",
                        MACHINE,
                        "machine",
                        folder.toString(),
                        GatewayProcess.ROOT.toString(),
                        preparation + script)
                .redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("HIBIKI_") || name.equals("DESTDIR"));
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new GatewayProcess.Result(process.waitFor(), output);
    }

    /** The output of a script that succeeds. */
    String output(String script) throws IOException, InterruptedException {
        GatewayProcess.Result result = run(script);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return result.output();
    }
}

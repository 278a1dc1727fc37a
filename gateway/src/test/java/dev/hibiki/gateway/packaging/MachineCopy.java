package dev.hibiki.gateway.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hibiki.gateway.support.GatewayProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Runs each script as root on a new copy of this machine, an overlay in a mount namespace that ends with its process. No systemd
 * runs in the copy. Scripts start in a copy of the repository. Confined to the thread of the test.
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
     * Skips the test when this machine cannot be copied.
     *
     * @param folder empty; the copies are mounted on it, in a namespace of their own
     * @param preparation a script that runs in each copy before the other one
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

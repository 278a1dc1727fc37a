package dev.hibiki.bench;

import picocli.CommandLine;

/** Starts the command and turns what it says into an exit code: 0 done, 1 a bug, 2 a bad option or server. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine commandLine = new CommandLine(new BenchCommand());
        String version = Main.class.getPackage().getImplementationVersion();
        commandLine.getCommandSpec().version("hibiki-bench " + (version != null ? version : "(unpackaged)"));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler((e, ignored) -> {
            e.getCommandLine().getErr().println("hibiki-bench: " + e.getMessage() + " (--help lists the options)");
            return CommandLine.ExitCode.USAGE;
        });
        return commandLine;
    }
}

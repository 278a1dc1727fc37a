package dev.hibiki.testing;

import java.util.Optional;

/** Checks whether a container engine can run Redis for tests. Any thread may call. */
interface ContainerEngine {
    int REASON_LENGTH = 300;

    /** The name of the image that holds {@code redis-server}. */
    String image();

    boolean answers();

    boolean hasImage();

    /** Tries once to pull the image; returns the reason for a failure, empty on success. */
    Optional<String> pullImage();

    /** Starts a container, connects to it on the loopback address and removes it; returns the reason for a failure, empty on success. */
    Optional<String> tryContainer();

    /** The reason why this engine cannot run Redis for tests, as a clause of a sentence; empty when it can. Stops at the first failed check. */
    default Optional<String> problem() {
        try {
            if (!answers()) {
                return Optional.of("no Docker engine answers");
            }
            Optional<String> refusal = hasImage() ? Optional.empty() : pullImage();
            if (refusal.isPresent()) {
                return Optional.of("the Docker engine has no image " + image() + " and cannot pull it ("
                        + oneLine(refusal.get()) + ")");
            }
            return tryContainer()
                    .map(reason ->
                            "no container of the image " + image() + " answers on 127.0.0.1 (" + oneLine(reason) + ")");
        } catch (RuntimeException e) {
            return Optional.of("the Docker engine failed (" + oneLine(e.toString()) + ")");
        }
    }

    /** Shortens a text and removes its tabs, line breaks and double quotes, so that it fits into one field of any log format. */
    private static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s+", " ").replace('"', '\'');
        return line.length() <= REASON_LENGTH ? line : line.substring(0, REASON_LENGTH) + "...";
    }
}

package dev.hibiki.testing;

import java.util.Optional;

/** What tests need of an engine before they take Redis from its containers. Any thread may ask. */
interface ContainerEngine {
    int REASON_LENGTH = 300;

    /** The name of the image that holds {@code redis-server}. */
    String image();

    boolean answers();

    boolean hasImage();

    /** Makes one quick try; returns why the image did not come, empty when it did. */
    Optional<String> pullImage();

    /** Starts a container of the image and removes it; returns why it did not answer on the loopback address, empty when it did. */
    Optional<String> tryContainer();

    /** Why tests cannot take Redis from this engine, as a clause of a sentence, empty when they can. Asks nothing more after the first no. */
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

    /** Short, without tabs, line breaks and double quotes: the text is to fit into one field of a line in any log format. */
    private static String oneLine(String text) {
        String line = text.strip().replaceAll("\\s+", " ").replace('"', '\'');
        return line.length() <= REASON_LENGTH ? line : line.substring(0, REASON_LENGTH) + "...";
    }
}

package dev.hibiki.gateway.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Tells when files have changed, by looking at them. Owned by the thread that asks. */
public final class FileWatch {
    private final List<Path> files;
    private List<String> seen;

    /** To be made before the files are read: what changes meanwhile is seen the next time. */
    public FileWatch(Path... files) {
        this.files = List.of(files);
        this.seen = stamps();
    }

    /** True when one was written to, came, went, or has another in its place since this was last asked. */
    public boolean hasChanged() {
        List<String> now = stamps();
        boolean changed = !now.equals(seen);
        seen = now;
        return changed;
    }

    private List<String> stamps() {
        return files.stream().map(FileWatch::stamp).toList();
    }

    /** Of the target, where it is a link; that of no file is like no other. */
    private static String stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + " " + attributes.size() + ' ' + attributes.fileKey();
        } catch (IOException e) {
            return "none";
        }
    }
}

package dev.hibiki.gateway.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/** Finds out whether files have changed, by their attributes. Confined to the thread that polls. */
public final class FileWatch {
    private final List<Path> files;
    private List<String> seen;

    /** Create it before reading the files, so that a change during the reading is found by the next poll. */
    public FileWatch(Path... files) {
        this.files = List.of(files);
        this.seen = stamps();
    }

    /** True when a file was written, created, deleted or replaced since the last call. */
    public boolean hasChanged() {
        List<String> now = stamps();
        boolean changed = !now.equals(seen);
        seen = now;
        return changed;
    }

    private List<String> stamps() {
        return files.stream().map(FileWatch::stamp).toList();
    }

    /** The attributes that change with the content; those of the target when the file is a symbolic link. */
    private static String stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + " " + attributes.size() + ' ' + attributes.fileKey();
        } catch (IOException e) {
            return "none";
        }
    }
}

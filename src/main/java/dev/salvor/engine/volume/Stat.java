package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What lstat(2) says of a path.
 *
 * @param type null for a socket
 * @param modified nanoseconds since 1970
 * @param changed nanoseconds since 1970
 */
record Stat(
    FileEntry.@Nullable Type type,
    int permissions,
    long uid,
    long gid,
    long size,
    long modified,
    long changed,
    long fileSystem,
    long inode,
    int links,
    FileEntry.Device device) {
  private static final int PERMISSIONS = 07777;
  private static final int FORMAT = 0170000;

  /**
   * Looks.
   *
   * @throws java.nio.file.NoSuchFileException if there is nothing
   */
  static Stat of(Path path) throws IOException {
    var read =
        Files.readAttributes(
            path,
            "unix:mode,ino,dev,rdev,nlink,uid,gid,ctime,size,lastModifiedTime",
            LinkOption.NOFOLLOW_LINKS);
    var mode = integer(read, "mode");
    return new Stat(
        type(mode),
        mode & PERMISSIONS,
        Integer.toUnsignedLong(integer(read, "uid")),
        Integer.toUnsignedLong(integer(read, "gid")),
        whole(read, "size"),
        nanoseconds(read, "lastModifiedTime"),
        nanoseconds(read, "ctime"),
        whole(read, "dev"),
        whole(read, "ino"),
        integer(read, "nlink"),
        device(whole(read, "rdev")));
  }

  boolean isDevice() {
    return type == FileEntry.Type.BLOCK_DEVICE || type == FileEntry.Type.CHARACTER_DEVICE;
  }

  /** What tells whether it changed between two looks. */
  String stamp() {
    return inode + " " + changed;
  }

  /** As inode(7) numbers them. */
  private static FileEntry.@Nullable Type type(int mode) {
    return switch (mode & FORMAT) {
      case 0100000 -> FileEntry.Type.FILE;
      case 0040000 -> FileEntry.Type.FOLDER;
      case 0120000 -> FileEntry.Type.LINK;
      case 0010000 -> FileEntry.Type.FIFO;
      case 0020000 -> FileEntry.Type.CHARACTER_DEVICE;
      case 0060000 -> FileEntry.Type.BLOCK_DEVICE;
      default -> null;
    };
  }

  /** As makedev(3) of Linux puts them together. */
  private static FileEntry.Device device(long number) {
    return new FileEntry.Device(
        (int) ((number >>> 8 & 0xfff) | (number >>> 32 & 0xfffff000L)),
        (int) ((number & 0xff) | (number >>> 12 & 0xffffff00L)));
  }

  private static int integer(Map<String, Object> read, String name) {
    return (int) value(read, name);
  }

  private static long whole(Map<String, Object> read, String name) {
    return (long) value(read, name);
  }

  private static long nanoseconds(Map<String, Object> read, String name) {
    return ((FileTime) value(read, name)).to(TimeUnit.NANOSECONDS);
  }

  private static Object value(Map<String, Object> read, String name) {
    return Objects.requireNonNull(read.get(name), name);
  }
}

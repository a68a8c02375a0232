package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.engine.volume.LeftOut;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file in a folder that is being restored to. A worker that was killed leaves it beside what is
 * half written: the next attempt of the same request knows by this that it may go on, and which
 * safety point holds what was there before.
 *
 * @param note for whoever finds it
 * @param request uid of the request
 * @param safetyPoint null: nothing was replaced, or losing it was acknowledged
 */
@Model
record FolderMarker(String note, String request, @Nullable String safetyPoint) {
  private static final String NOTE =
      "salvor restores into this folder; when it is done, this file goes";

  private static final int LONGEST_BYTES = 4_096;

  FolderMarker {
    Objects.requireNonNull(request);
  }

  static FolderMarker of(String request, @Nullable String safetyPoint) {
    return new FolderMarker(NOTE, request, safetyPoint);
  }

  /** Whether there is one, also one that was altered. A link was never written as one. */
  static boolean isIn(Path folder) {
    return Files.isRegularFile(folder.resolve(LeftOut.RESTORE_MARKER), LinkOption.NOFOLLOW_LINKS);
  }

  /** Whosever it is; empty where there is none, or one that cannot be read: {@link #isIn}. */
  static Optional<FolderMarker> read(Path folder) {
    if (!isIn(folder)) {
      return Optional.empty();
    }
    try (var bytes = Files.newInputStream(folder.resolve(LeftOut.RESTORE_MARKER))) {
      // Of a longer one what is cut off makes it one that was altered.
      return Optional.ofNullable(
          Json.mapper().readValue(bytes.readNBytes(LONGEST_BYTES), FolderMarker.class));
    } catch (IOException altered) {
      return Optional.empty();
    }
  }

  /** Whole or not at all, and never through a link that somebody laid there. */
  void write(Path folder) throws IOException {
    var draft = folder.resolve(LeftOut.RESTORE_DRAFT);
    Files.deleteIfExists(draft);
    try (var channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS)) {
      channel.write(ByteBuffer.wrap(json().getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
    Files.move(draft, folder.resolve(LeftOut.RESTORE_MARKER), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Idempotent; also where the folder may not be written by its owner any more. */
  static void remove(Path folder) throws IOException {
    var file = folder.resolve(LeftOut.RESTORE_MARKER);
    try {
      Files.deleteIfExists(file);
    } catch (AccessDeniedException readOnly) {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
      Files.deleteIfExists(file);
    }
  }

  private String json() {
    try {
      return Json.mapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a marker cannot be written", e);
    }
  }
}

package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Manifest;
import dev.salvor.task.Span;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What other nodes read of a point that this worker closes ({@link Span}). */
final class OtherNodes {
  private OtherNodes() {}

  /**
   * As they kept it; nothing where all is this worker's.
   *
   * @param folder for what they noted
   * @throws EngineException INTERRUPTED where the point is closed, INCOMPLETE_BACKUP
   */
  static List<Share> shares(
      WorkerContext context, RecoveryPoints points, @Nullable Span span, Path folder) {
    if (span == null || span.shares() == null) {
      return List.of();
    }
    if (points.catalogue().find(span.point()).isPresent()) {
      throw new EngineException(
          Reason.INTERRUPTED,
          "recovery point " + span.point() + " was closed before this run was begun once more.");
    }
    var read =
        span.shares().stream().map(share -> points.share(span.point(), share, folder)).toList();
    read.forEach(share -> share.warnings().forEach(context.warnings()::add));
    return read;
  }

  /**
   * Each part that was asked for, once: a share that is not this point's would be another's.
   *
   * @param asked names of all parts
   * @param own those of them that are this worker's
   * @throws EngineException INCOMPLETE_BACKUP
   */
  static void requireAll(Stream<String> asked, Stream<String> own, List<Share> shares) {
    var all = asked.sorted().toList();
    var read =
        Stream.concat(
                own,
                shares.stream().flatMap(share -> share.parts().stream()).map(Manifest.Part::name))
            .sorted()
            .toList();
    if (!read.equals(all)) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, "of " + all + " there are " + read + " only.");
    }
  }
}

package dev.salvor.worker;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.ManagementApi;
import dev.salvor.engine.supabase.ManagementDocument;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.task.SupabaseFacts;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What lies beside the manifest of a project, read at once and held to what was noted. Secrets are
 * in it: it is in memory, and goes with the run.
 *
 * @param folder null: the point holds none
 */
record KeptConfiguration(SupabaseFacts facts, @Nullable Path folder) {

  /**
   * Reads it.
   *
   * @throws EngineException CORRUPT_RECOVERY_POINT, STORE_DAMAGED
   */
  static KeptConfiguration read(
      WorkerContext context, RecoveryPoints points, RecoverySet set, SupabaseFacts facts) {
    if (facts.configuration().isEmpty()) {
      return new KeptConfiguration(facts, null);
    }
    var folder = context.memory().resolve("kept-configuration");
    points
        .repository()
        .restore(set.manifest().id(), "/" + ProjectConfiguration.FOLDER, folder, (_, _) -> {});
    var kept = new KeptConfiguration(facts, folder);
    facts.configuration().forEach(file -> kept.file(file.name()));
    return kept;
  }

  /** One of its files. */
  Optional<byte[]> file(String name) {
    var from = folder;
    return from == null
        ? Optional.empty()
        : facts.configuration().stream()
            .filter(file -> file.name().equals(name))
            .findFirst()
            .map(file -> read(from, file));
  }

  /** One of the documents of the Management API. */
  Optional<JsonNode> document(ManagementDocument document) {
    return file(ManagementBackup.FOLDER + document.text() + ".json").flatMap(ManagementApi::read);
  }

  private static byte[] read(Path folder, SupabaseFacts.Configured file) {
    try {
      var bytes = Files.readAllBytes(folder.resolve(file.name()));
      var seen =
          Fingerprint.of(new ByteArrayInputStream(bytes), OutputStream.nullOutputStream(), _ -> {});
      if (seen.sha256().equals(file.sha256())) {
        return bytes;
      }
    } catch (IOException missing) {
      // Said below.
    }
    throw new EngineException(
        Reason.CORRUPT_RECOVERY_POINT,
        "what is stored of " + file.name() + " of the configuration is not what was noted");
  }
}

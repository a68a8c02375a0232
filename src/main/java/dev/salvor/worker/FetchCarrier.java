package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.sandbox.SandboxSettings;
import dev.salvor.engine.postgres.sandbox.ServerFolder;
import dev.salvor.engine.restic.TreeRestore;
import dev.salvor.engine.supabase.VaultKey;
import dev.salvor.engine.volume.Fingerprint;
import dev.salvor.task.DeviceFacts;
import dev.salvor.task.Manifest;
import dev.salvor.task.NetworkAddress;
import dev.salvor.task.Step;
import dev.salvor.task.StorageFacts;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Puts a recovery point into the sandbox folder, by the store's credentials and without a server,
 * with an empty cache: a warm one proves a lost store (SAFETY 21).
 *
 * <p>Each part is found by the tree that the manifest names and must have the manifest's size. What
 * cannot be read whole fails CORRUPT_RECOVERY_POINT or STORE_DAMAGED, which the host takes for
 * Refuted; whether the bytes make a database is for {@link CompareCarrier} to say. File trees are
 * read back once more as they lie there; of devices only what was seen of their bytes is. At the
 * end a server beside the worker is told what to be ({@link ServerFolder}): on one machine nobody
 * listens.
 */
final class FetchCarrier {
  private final WorkerContext context;

  FetchCarrier(WorkerContext context) {
    this.context = context;
  }

  TaskResult carryOut(Task.Fetch task) {
    var folder = context.requireSandbox("Fetch");
    context.progress().step(Step.OPEN_REPOSITORY);
    SandboxPoint.clear(folder);
    try (var points =
        RecoveryPoints.open(context, task.repository(), RecoveryPoints.Access.PROVE)) {
      var set = points.require(task.point());
      var manifest = points.manifest(set);
      var point = new SandboxPoint(folder, manifest);
      var total = manifest.parts().stream().mapToLong(Manifest.Part::sizeBytes).sum();
      refuseIfTooBig(
          folder,
          manifest.parts().stream()
              // Of a device nothing is laid out.
              .filter(part -> part.sha256() == null)
              .mapToLong(Manifest.Part::sizeBytes)
              .sum());
      if (!manifest.treeParts().isEmpty()) {
        point.makeRoomForTrees();
      }
      if (manifest.holdsFiles()) {
        for (var tree : manifest.files().trees()) {
          points.notes(
              set, manifest, tree.file(), stream -> Files.copy(stream, point.entries(tree)));
        }
      }
      var done = 0L;
      for (var part : manifest.parts()) {
        context.progress().step(Step.FETCH, part.name());
        fetchTwiceIfDamaged(points, set, part, point, done, total);
        done += part.sizeBytes();
      }
      if (manifest.holdsDatabases()) {
        point.write(points.globals(set));
      }
      if (manifest.content() instanceof Manifest.Supabase project) {
        points.requireConfiguration(set, project.facts());
        if (project.facts().storage() != null) {
          points.notes(
              set, manifest, StorageFacts.FILE, stream -> Files.copy(stream, point.objects()));
        }
      }
      point.commit();
      note(folder, task.repository().store().place());
      if (manifest.holdsDatabases()) {
        var server = new ServerFolder(folder, inside(folder));
        vaultKey(point).ifPresent(server::give);
        order(server, ProvingServer.settings(manifest));
      }
      return new TaskResult.Fetched(manifest.recoveryPoint(), total);
    }
  }

  /**
   * What Compare must find out of reach; a claim is no address, but a pod's cluster has one. A
   * server inside a container of its own shares no network with this process: there is nothing that
   * anybody would cut off.
   */
  private void note(Path folder, StoreTarget.Place place) {
    if (context.environment().containsKey(WorkerEnvironment.SANDBOX_INSIDE)) {
      return;
    }
    switch (place) {
      case StoreTarget.Bucket bucket ->
          bucket.address().ifPresent(address -> Seal.note(folder, address));
      case StoreTarget.Directory directory ->
          clusterAddress().ifPresent(address -> Seal.note(folder, address));
    }
  }

  /** Empty too where it is none any more, which Compare finds. */
  private static Optional<String> vaultKey(SandboxPoint point) {
    var manifest = point.manifest();
    return manifest.holdsFiles()
        ? manifest.treeParts().stream()
            .filter(part -> part.name().equals(SupabaseSource.KEY))
            .findFirst()
            .flatMap(part -> vaultKey(point.path(part)))
        : Optional.empty();
  }

  private static Optional<String> vaultKey(Path folder) {
    try {
      return Optional.of(VaultKey.digits(folder));
    } catch (EngineException none) {
      return Optional.empty();
    }
  }

  private void order(ServerFolder server, SandboxSettings settings) {
    var told = context.environment().get(WorkerEnvironment.SANDBOX_USER);
    if (told == null) {
      server.order(settings);
    } else {
      server.order(settings, Integer.parseInt(told));
    }
  }

  private Path inside(Path folder) {
    var told = context.environment().get(WorkerEnvironment.SANDBOX_INSIDE);
    return told == null ? folder : Path.of(told);
  }

  /** Of the API server; a kubelet gives it to every container. */
  private Optional<NetworkAddress> clusterAddress() {
    var host = context.environment().get("KUBERNETES_SERVICE_HOST");
    var port = context.environment().get("KUBERNETES_SERVICE_PORT");
    return host == null || port == null || !port.matches("[0-9]{1,5}")
        ? Optional.empty()
        : Optional.of(new NetworkAddress(host, Integer.parseInt(port)));
  }

  /** Sooner than after an hour of fetching. */
  private void refuseIfTooBig(Path folder, long total) {
    var limit = context.environment().get(WorkerEnvironment.SANDBOX_BYTES);
    if (limit != null && limit.matches("[0-9]{1,18}") && Long.parseLong(limit) < total) {
      throw new EngineException(
          Reason.SCRATCH_FULL,
          "the recovery point alone has "
              + total
              + " bytes; the sandbox of this pod may hold "
              + limit
              + ": raise jobTemplate.scratchSize.");
    }
    try {
      FileStore store = Files.getFileStore(folder);
      if (store.getUsableSpace() < total) {
        throw new EngineException(
            Reason.SCRATCH_FULL,
            "the sandbox has "
                + store.getUsableSpace()
                + " bytes free; the recovery point alone has "
                + total);
      }
    } catch (IOException e) {
      throw new EngineException(Reason.SCRATCH_FULL, "the sandbox cannot be looked at", e);
    }
  }

  /** By a fresh connection the second time: a network that alters bytes refutes no point. */
  private void fetchTwiceIfDamaged(
      RecoveryPoints points,
      RecoverySet set,
      Manifest.Part part,
      SandboxPoint point,
      long before,
      long total) {
    try {
      fetch(points, set, part, point, before, total);
      point.check(part);
    } catch (EngineException e) {
      if (e.reason() != Reason.STORE_DAMAGED && e.reason() != Reason.CORRUPT_RECOVERY_POINT) {
        throw e;
      }
      context.warnings().add("read a second time: " + e.failure().message());
      Folders.delete(point.path(part));
      fetch(points, set, part, point, before, total);
      point.check(part);
    }
  }

  private void fetch(
      RecoveryPoints points,
      RecoverySet set,
      Manifest.Part part,
      SandboxPoint point,
      long before,
      long total) {
    fetch(points, points.snapshotOf(set, part), part, point.path(part), before, total);
    var manifest = point.manifest();
    manifest
        .laidOver(part)
        .map(over -> new Layer(points.snapshotOf(set, over), over.path()))
        .ifPresent(
            over ->
                over.lay(
                    points.repository(),
                    List.of(),
                    point.entries(manifest.treeFacts(part)),
                    point.path(part)));
  }

  private void fetch(
      RecoveryPoints points,
      String snapshot,
      Manifest.Part part,
      Path target,
      long before,
      long total) {
    if (part.isTree()) {
      points
          .repository()
          .restoreTree(
              new TreeRestore(
                  snapshot, part.path(), List.of(), TreeRestore.Extras.KEPT, List.of(), target),
              (done, ignored) -> context.progress().bytes(before + done, total));
      return;
    }
    if (SandboxPoint.isFolder(part)) {
      points
          .repository()
          .restore(
              snapshot,
              part.path(),
              target,
              (done, ignored) -> context.progress().bytes(before + done, total));
      return;
    }
    if (part.sha256() != null) {
      points
          .repository()
          .dump(
              snapshot,
              part.path(),
              stream -> {
                var seen =
                    Fingerprint.of(
                        stream,
                        OutputStream.nullOutputStream(),
                        read -> context.progress().bytes(before + read, total));
                SandboxPoint.note(target, new DeviceFacts(seen.bytes(), seen.sha256()));
              });
      return;
    }
    points
        .repository()
        .dump(
            snapshot,
            part.path(),
            stream -> {
              try (var file = Files.newOutputStream(target)) {
                write(stream, file, before, total);
              }
            });
  }

  private void write(InputStream stream, OutputStream target, long before, long total)
      throws IOException {
    var buffer = new byte[256 * 1024];
    var written = 0L;
    for (var read = stream.read(buffer); read >= 0; read = stream.read(buffer)) {
      target.write(buffer, 0, read);
      written += read;
      context.progress().bytes(before + written, total);
    }
  }
}

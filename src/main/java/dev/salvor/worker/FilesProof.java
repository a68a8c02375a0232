package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.Verification;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.VaultKey;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.engine.volume.RootAttributes;
import dev.salvor.plan.proof.DeviceComparison;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.plan.verdict.CheckAnswer;
import dev.salvor.plan.verdict.Findings;
import dev.salvor.task.Manifest;
import dev.salvor.task.Step;
import dev.salvor.task.Task;
import dev.salvor.task.TreeFacts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lays the file trees in the sandbox folder beside what was noted of them, entry by entry, and what
 * was seen of devices when they were fetched; and asks the checks. The bytes of files were compared
 * with what restic stored when they were fetched.
 */
final class FilesProof {
  private static final Logger LOG = LoggerFactory.getLogger(FilesProof.class);

  private final WorkerContext context;
  private final SandboxPoint point;
  private final Task.Compare task;

  FilesProof(WorkerContext context, SandboxPoint point, Task.Compare task) {
    this.context = context;
    this.point = point;
    this.task = task;
  }

  Proof attempt() {
    var manifest = point.manifest();
    var compared = new ArrayList<FileComparison>();
    var devices = new ArrayList<DeviceComparison>();
    var roots = new LinkedHashMap<String, Path>();
    for (var part : manifest.parts()) {
      if (part.isDump()) {
        continue;
      }
      context.progress().step(Step.COMPARE, part.name());
      if (!part.isTree()) {
        devices.add(point.compare(part));
        continue;
      }
      roots.put(part.name(), point.path(part));
      compared.add(compare(part, manifest.treeFacts(part)));
    }
    if (manifest.content() instanceof Manifest.Supabase(_, _, _, _, var facts)
        && facts.keyFingerprint() != null) {
      var other = otherKey(facts.keyFingerprint(), roots.get(SupabaseSource.KEY));
      if (other.isPresent()) {
        return Proof.refuted(Reason.FACTS_DIFFER, other.get());
      }
    }
    context.progress().step(Step.CHECKS);
    var answers = new ArrayList<>(new FileChecks(checks(), manifest.time(), roots).ask());
    // The verdict is given only when each of them was content.
    task.commands()
        .forEach(
            check ->
                answers.add(
                    roots.isEmpty()
                        ? FileChecks.withoutFiles(check)
                        : new CheckAnswer.Agreed(check.name())));
    return Proof.of(Findings.ofFiles(compared, devices, answers));
  }

  /** Those that ask a database are asked when there is one. */
  private List<Verification.Check> checks() {
    return point.manifest().holdsDatabases()
        ? task.checks().stream().filter(check -> check.sql() == null).toList()
        : task.checks();
  }

  /** Without its key Vault is lost, however whole all else is. */
  private static Optional<String> otherKey(String fingerprint, @Nullable Path folder) {
    try {
      return folder != null && VaultKey.read(folder).fingerprint().equals(fingerprint)
          ? Optional.empty()
          : Optional.of("The restored key of Vault is not the one that was backed up.");
    } catch (EngineException e) {
      return Optional.of("The point holds no key of Vault any more: " + e.failure().message());
    }
  }

  private FileComparison compare(Manifest.Part part, TreeFacts facts) {
    var root = point.path(part);
    dress(root, point.entries(facts), facts);
    return compare(root, point.entries(facts), facts, FileScope.whole(privilege()), List.of());
  }

  /**
   * Lays a tree beside what was noted.
   *
   * @param untouched names at the root that are no part of it
   * @throws EngineException CORRUPT_RECOVERY_POINT if what was noted cannot be read
   */
  static FileComparison compare(
      Path root, Path entries, TreeFacts facts, FileScope scope, List<String> untouched) {
    var comparison = new FileComparison(scope);
    try {
      var real = root.toRealPath();
      new FileTree(real, path -> isUntouched(real.relativize(path), untouched))
          .compare(entries, facts.entries(), comparison);
    } catch (FileTree.NotesDamaged e) {
      throw new EngineException(Reason.CORRUPT_RECOVERY_POINT, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SANDBOX_FAILED, "the restored files cannot be looked at: " + e, e);
    }
    return comparison;
  }

  private static boolean isUntouched(Path below, List<String> untouched) {
    return below.getNameCount() == 1 && untouched.contains(below.toString());
  }

  /** Makes a folder itself what the tree's root was. What is refused differs, and is told so. */
  static void dress(Path root, Path entries, TreeFacts facts) {
    try {
      RootAttributes.write(root, FileTree.storedRoot(entries), facts.rootAttributes());
    } catch (IOException refused) {
      LOG.atDebug().setCause(refused).log("the root is not all that it was");
    }
  }

  /** Whether this process may give files away: root's right, which others can be given. */
  static FileScope.Privilege privilege() {
    return Capability.CHOWN.isHeld() ? FileScope.Privilege.ROOT : FileScope.Privilege.USER;
  }
}

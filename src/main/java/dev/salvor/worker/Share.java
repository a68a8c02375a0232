package dev.salvor.worker;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.Model;
import dev.salvor.engine.volume.FileTree;
import dev.salvor.task.Extent;
import dev.salvor.task.Manifest;
import dev.salvor.task.TreeFacts;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one worker read of a point of trees and devices. Of a point that several nodes read it is
 * kept as share.json in a snapshot of its own, beside what was noted of the entries.
 *
 * @param parts their snapshots; their trees are not known yet
 * @param facts in the order of those parts that are trees
 * @param complete whether every entry was read
 * @param addedBytes to the repository
 * @param warnings that its worker had
 * @param vaultKey fingerprint of the key of Vault; null: it is none of its trees
 */
@Model
record Share(
    List<Manifest.Part> parts,
    List<TreeFacts> facts,
    boolean complete,
    long addedBytes,
    List<String> warnings,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String vaultKey) {
  /** Of what is no key. */
  Share(
      List<Manifest.Part> parts,
      List<TreeFacts> facts,
      boolean complete,
      long addedBytes,
      List<String> warnings) {
    this(parts, facts, complete, addedBytes, warnings, null);
  }

  /** The same, with the key that it holds. */
  Share holding(@Nullable String fingerprint) {
    return new Share(parts, facts, complete, addedBytes, warnings, fingerprint);
  }

  /** Both together. */
  Share with(Share other) {
    return new Share(
        joined(parts, other.parts),
        joined(facts, other.facts),
        complete && other.complete,
        addedBytes + other.addedBytes,
        joined(warnings, other.warnings),
        vaultKey == null ? other.vaultKey : vaultKey);
  }

  /**
   * The same, where one of its trees has more now.
   *
   * @param file in which what is noted of it lies
   * @param added bytes, to the repository
   */
  Share having(String tree, String file, FileTree.Look more, long added) {
    return new Share(
        parts.stream()
            .map(part -> part.name().equals(tree) ? part.withSize(more.bytes()) : part)
            .toList(),
        facts.stream().map(each -> each.file().equals(file) ? of(more, each) : each).toList(),
        complete,
        addedBytes + added,
        warnings,
        vaultKey);
  }

  /** What is noted of a tree that has become another. */
  static TreeFacts of(FileTree.Look more, TreeFacts before) {
    return new TreeFacts(
        before.file(),
        more.entries(),
        more.files(),
        more.bytes(),
        more.unsteady(),
        before.rootAttributes());
  }

  private static <T> List<T> joined(List<T> one, List<T> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }

  Extent.Files extent() {
    return Extent.Files.of(facts, parts);
  }

  /** The files beside it. */
  List<String> files() {
    return facts.stream().map(TreeFacts::file).toList();
  }
}

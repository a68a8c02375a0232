package dev.salvor.worker;

import dev.salvor.api.Model;
import dev.salvor.task.Extent;
import dev.salvor.task.Manifest;
import dev.salvor.task.TreeFacts;
import java.util.List;
import java.util.stream.Stream;

/**
 * What one worker read of a point of trees and devices. Of a point that several nodes read it is
 * kept as share.json in a snapshot of its own, beside what was noted of the entries.
 *
 * @param parts their snapshots; their trees are not known yet
 * @param facts in the order of those parts that are trees
 * @param complete whether every entry was read
 * @param addedBytes to the repository
 * @param warnings that its worker had
 */
@Model
record Share(
    List<Manifest.Part> parts,
    List<TreeFacts> facts,
    boolean complete,
    long addedBytes,
    List<String> warnings) {

  /** Both together. */
  Share with(Share other) {
    return new Share(
        joined(parts, other.parts),
        joined(facts, other.facts),
        complete && other.complete,
        addedBytes + other.addedBytes,
        joined(warnings, other.warnings));
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

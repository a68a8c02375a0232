package dev.salvor.task;

import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One policy's repository.
 *
 * @param path below the store's root
 * @param owner who asks
 * @param expectedRepositoryId null: never seen before
 * @param acknowledge tokens that a person accepted
 */
@Model
public record RepositoryTarget(
    StoreTarget store,
    String path,
    Owner owner,
    @Nullable String expectedRepositoryId,
    List<String> acknowledge) {

  /** The token by which a person accepts another source. */
  public static String lineageToken(@Nullable String lineage) {
    return "lineage-" + lineage;
  }
}

package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.Model;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the parts of a Supabase project are restored to; what is not named is not restored.
 *
 * @param server of its databases; null: they are not restored
 * @param trees where its files are to be, by the names of their parts
 * @param key the folder that the server has its key of Vault from, which is only looked at; null:
 *     nobody said
 * @param configuration a folder for the files of the configuration; null: they are not restored
 * @param objects the bucket of Storage's objects; null: a tree is, or they are not restored
 */
@Model
public record ProjectTarget(
    @Nullable ServerReference server,
    List<FileTrees.Tree> trees,
    @Nullable String key,
    @Nullable String configuration,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable StorageTarget objects) {
  public ProjectTarget {
    trees = List.copyOf(trees);
  }

  /** One whose Storage is a tree, or is not restored. */
  public ProjectTarget(
      @Nullable ServerReference server,
      List<FileTrees.Tree> trees,
      @Nullable String key,
      @Nullable String configuration) {
    this(server, trees, key, configuration, null);
  }
}

package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.Model;
import dev.salvor.api.ServiceImage;
import dev.salvor.task.StoreTarget.Bucket;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A Supabase project: its databases, then its trees of files, in one recovery point. The trees that
 * hold Storage's files and the key of Vault bear the names that {@link
 * dev.salvor.api.SupabaseSource} gives them.
 *
 * @param configuration a folder of which the files are kept; null: none are
 * @param mounted what is kept of a cluster's own objects instead
 * @param layout where Storage lays its objects; null: they are not laid beside its files
 * @param tolerateMissing so many objects may not be whole at the source before the point is Partial
 * @param bucket that holds Storage's objects below the tenant of the layout; null: a tree does, or
 *     they are not kept
 * @param images of its services, for people; none are known of one that was spelled out
 * @param hosted null: its owner hosts it
 * @param leftOut what of it is not kept, as whoever looked for it said, for people
 */
@Model
public record SupabaseProject(
    PostgresDump dump,
    FileTrees trees,
    @Nullable String configuration,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<MountedConfiguration> mounted,
    @Nullable StorageLayout layout,
    int tolerateMissing,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Bucket bucket,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ServiceImage> images,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable HostedProject hosted,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> leftOut)
    implements BackupSource {
  public SupabaseProject {
    // Of a Task that was written before there were any.
    mounted = mounted == null ? List.of() : List.copyOf(mounted);
    images = images == null ? List.of() : List.copyOf(images);
    leftOut = leftOut == null ? List.of() : List.copyOf(leftOut);
  }

  /** Whether objects are fetched into the scratch space. */
  public boolean stagesObjects() {
    return bucket != null || (hosted != null && hosted.storage() != null);
  }

  /** The same with other trees. */
  public SupabaseProject withTrees(List<FileTrees.Tree> others) {
    return new SupabaseProject(
        dump,
        new FileTrees(
            others, trees.devices(), trees.exclude(), trees.excludeIfPresent(), trees.allowEmpty()),
        configuration,
        mounted,
        layout,
        tolerateMissing,
        bucket,
        images,
        hosted,
        leftOut);
  }

  /** One whose Storage is a tree, or is not kept. */
  public SupabaseProject(
      PostgresDump dump,
      FileTrees trees,
      @Nullable String configuration,
      List<MountedConfiguration> mounted,
      @Nullable StorageLayout layout,
      int tolerateMissing) {
    this(
        dump,
        trees,
        configuration,
        mounted,
        layout,
        tolerateMissing,
        null,
        List.of(),
        null,
        List.of());
  }
}

package dev.salvor.cli.init;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the options of the command say; null and empty: not said. */
public record Wishes(
    @Nullable String namespace,
    @Nullable String name,
    What what,
    Where where,
    @Nullable String schedule,
    @Nullable String keep) {
  /**
   * What is to be protected.
   *
   * @param service PROJECT/SERVICE
   * @param supabase a project of Compose
   * @param password of the server
   */
  public record What(
      @Nullable String postgres,
      @Nullable String container,
      @Nullable String service,
      @Nullable String supabase,
      @Nullable String folder,
      List<String> volumes,
      List<String> databases,
      Optional<Hidden> password) {
    public What {
      volumes = List.copyOf(volumes);
      databases = List.copyOf(databases);
    }
  }

  /**
   * Where to.
   *
   * @param bucket BUCKET or BUCKET/PREFIX
   * @param store name of the BackupStore
   * @param sessionToken marks keys that expire
   * @param password that all is encrypted with
   */
  public record Where(
      @Nullable String folder,
      @Nullable String bucket,
      @Nullable String endpoint,
      @Nullable String region,
      @Nullable String store,
      Optional<Hidden> accessKey,
      Optional<Hidden> secretKey,
      Optional<Hidden> sessionToken,
      Optional<Hidden> password) {}
}

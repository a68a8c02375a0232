package dev.salvor.task;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.salvor.api.Model;
import dev.salvor.api.ServiceImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was noted of a Supabase project beside its databases and files.
 *
 * @param keyFingerprint SHA-256 of the key of Vault; null: the point does not hold it
 * @param configuration the files beside the manifest
 * @param storage null: objects were not laid beside files
 * @param state null: the project's database is not in the point, or was not asked
 * @param images of its services; null: they were not known
 * @param hosted null: its owner hosts it
 * @param leftOut what of the project is in no part, for people; null: nothing is known of such
 */
@Model
public record SupabaseFacts(
    @Nullable String keyFingerprint,
    List<Configured> configuration,
    @Nullable StorageFacts storage,
    @Nullable SupabaseState state,
    @Nullable List<ServiceImage> images,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable HostedFacts hosted,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<String> leftOut) {
  /** A file that says how the project is run. */
  @Model
  public record Configured(String name, long sizeBytes, String sha256) {}
}

package dev.salvor.api;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of a store. */
@Model
public record BackupStoreStatus(
    @Default("-1") @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("Ready, Reconciling, Stalled, KeyEscrow.")
        @Nullable List<Condition> conditions,
    @JsonPropertyDescription("Identity of the place, from salvor-store.json at its root.")
        @Nullable String storeId,
    @JsonPropertyDescription(
            "First digits of the SHA-256 of the encryption password's digest; changes when the"
                + " password does.")
        @Nullable String keyFingerprint,
    @JsonPropertyDescription("When the store was last tried.") @Nullable Instant lastProbe,
    @JsonPropertyDescription("What the place can do.") @Nullable StoreCapabilities capabilities,
    @JsonPropertyDescription("Why the last probe failed.") @Nullable Failure failure)
    implements ObservedStatus {
  /** What the place can do, as the probe found it. */
  @Model
  public record StoreCapabilities(
      @JsonPropertyDescription("Old versions of objects are kept.") @Nullable Boolean versioning,
      @JsonPropertyDescription("Default retention of object lock, such as COMPLIANCE 30d.")
          @Nullable String objectLock,
      @JsonPropertyDescription("Objects can be deleted.") @Nullable Boolean deletable) {}
}

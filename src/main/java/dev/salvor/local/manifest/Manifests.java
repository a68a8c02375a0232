package dev.salvor.local.manifest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupStore;
import dev.salvor.api.RestoreRequest;
import io.fabric8.kubernetes.client.CustomResource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a folder holds. A resource that is refused in any way stands among the refusals only.
 *
 * @param refusals in order of files and documents
 * @param notes what was passed over, for people; never an error
 */
public record Manifests(
    List<Resource<?>> resources,
    List<Written<SecretManifest>> secrets,
    List<Refusal> refusals,
    List<Note> notes) {
  public Manifests {
    resources = List.copyOf(resources);
    secrets = List.copyOf(secrets);
    refusals = List.copyOf(refusals);
    notes = List.copyOf(notes);
  }

  /**
   * One of Salvor's resources.
   *
   * @param json with defaults and without status: what the next version is compared with
   * @param value the same, read
   */
  public record Resource<R extends CustomResource<?, ?>>(
      ResourceKey key, R value, ObjectNode json, Origin origin) {}

  /** Something and where it is written. */
  public record Written<T>(T value, Origin origin) {}

  /**
   * A violation and where it is written.
   *
   * @param key of the resource; null where the file or document could not be read so far
   */
  public record Refusal(Origin origin, @Nullable ResourceKey key, Violation violation) {
    @Override
    public String toString() {
      return origin + ": " + violation;
    }
  }

  /** Something that was passed over. */
  public record Note(Origin origin, String message) {
    @Override
    public String toString() {
      return origin + ": " + message;
    }
  }

  /** What of the Secrets stands in files that every user of this machine can read. */
  public List<Note> exposures() {
    return secrets.stream()
        .flatMap(
            secret ->
                secret.value().values().values().stream()
                    .filter(value -> value instanceof SecretValue.InFile in && in.isOpenToAll())
                    .map(value -> (SecretValue.InFile) value)
                    .map(
                        value ->
                            new Note(
                                secret.origin(),
                                "every user of this machine can read " + value.file())))
        .toList();
  }

  /**
   * Whether a resource was taken out of the folder. One that is refused, or that may stand in
   * something unreadable, is not gone: a slip of the pen must not look like a deletion.
   */
  public boolean isGone(ResourceKey key) {
    return resources.stream().noneMatch(resource -> resource.key().equals(key))
        && secrets.stream().noneMatch(secret -> secret.value().key().equals(key))
        && refusals.stream()
            .noneMatch(refusal -> refusal.key() == null || refusal.key().equals(key));
  }

  public List<Resource<BackupStore>> stores() {
    return ofType(BackupStore.class);
  }

  public List<Resource<BackupPolicy>> policies() {
    return ofType(BackupPolicy.class);
  }

  public List<Resource<BackupRequest>> backupRequests() {
    return ofType(BackupRequest.class);
  }

  public List<Resource<RestoreRequest>> restoreRequests() {
    return ofType(RestoreRequest.class);
  }

  private <R extends CustomResource<?, ?>> List<Resource<R>> ofType(Class<R> type) {
    return resources.stream()
        .filter(resource -> type.isInstance(resource.value()))
        .map(
            resource ->
                new Resource<>(
                    resource.key(),
                    type.cast(resource.value()),
                    resource.json(),
                    resource.origin()))
        .toList();
  }
}

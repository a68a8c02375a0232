package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.Failure;
import dev.salvor.api.FilePlace;
import dev.salvor.api.FoundSource;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.DockerView.Seen;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Spells out a Supabase that a policy only names (ADR 28). What follows sees no difference: the
 * policy is looked at as if a person had written down what was found.
 */
public final class SupabaseDiscovery {
  private SupabaseDiscovery() {}

  /** What came of it. */
  sealed interface Outcome {
    record Found(FoundSource source) implements Outcome {}

    /** No backup is taken: it would be of less than is meant. */
    record Refused(Failure failure) implements Outcome {}
  }

  /**
   * The policy with its project spelled out, and what was found in its status; as it is where that
   * cannot be had, which {@link #refusal} tells.
   */
  static BackupPolicy spelledOut(BackupPolicy policy, DockerView docker) {
    var pointer = pointer(policy);
    if (pointer.isEmpty()) {
      return lastFound(policy).isEmpty() ? policy : with(policy, policy.getSpec(), null);
    }
    return find(policy, pointer.get(), docker) instanceof Outcome.Found(var source)
        ? with(policy, with(policy.getSpec(), source.selfHosted()), source)
        : policy;
  }

  /** Why a project that is still not spelled out cannot be; empty: there is none. */
  static Optional<Failure> refusal(BackupPolicy policy, DockerView docker) {
    return pointer(policy)
        .flatMap(
            pointer ->
                find(policy, pointer, docker) instanceof Outcome.Refused(var failure)
                    ? Optional.of(failure)
                    : Optional.empty());
  }

  /** How a policy's project was last seen to be reached, whether it is there now or not. */
  static PostgresConnection connection(BackupPolicy policy, SupabaseSource source) {
    return (source.composeProject() == null
            ? Optional.<SelfHosted>empty()
            : lastFound(policy).map(FoundSource::selfHosted))
        .<SupabaseSource.Kind>map(found -> found)
        .orElse(source.kind())
        .connection();
  }

  /** The Compose project that a policy points at. */
  public static Optional<String> project(BackupPolicy policy) {
    return pointer(policy).map(SelfHosted::composeProject);
  }

  private static Optional<SelfHosted> pointer(BackupPolicy policy) {
    return Optional.ofNullable(policy.getSpec().source().supabase())
        .map(SupabaseSource::selfHosted)
        .filter(project -> project.composeProject() != null);
  }

  private static Optional<FoundSource> lastFound(BackupPolicy policy) {
    return Optional.ofNullable(policy.getStatus()).map(BackupPolicyStatus::source);
  }

  private static Outcome find(BackupPolicy policy, SelfHosted pointer, DockerView docker) {
    return switch (docker) {
      case Seen seen -> find(policy, pointer, seen);
      case DockerView.Unreachable(var why) -> refused(Reason.DOCKER_UNREACHABLE, why);
      case DockerView.Unasked _ -> refused(Reason.DOCKER_UNREACHABLE, "Not asked yet.");
    };
  }

  private static Outcome find(BackupPolicy policy, SelfHosted pointer, Seen seen) {
    var name = Objects.requireNonNull(pointer.composeProject());
    var containers =
        seen.containers().stream().filter(each -> each.project().equals(name)).toList();
    if (containers.isEmpty()) {
      return refused(
          Reason.SOURCE_UNREACHABLE,
          "Docker knows no container of Compose project '"
              + name
              + "': start it, or make its containers (docker compose create).");
    }
    var found = new ComposedSupabase(pointer, containers, seen.volumes()).look();
    return switch (found) {
      case Outcome.Refused refused -> refused;
      case Outcome.Found(var source) ->
          lost(policy, source).<Outcome>map(Outcome.Refused::new).orElse(found);
    };
  }

  /**
   * What was found before and is not now. A container that somebody removed tells nobody where its
   * files are; a point without them would be complete for all that anyone can see.
   */
  private static Optional<Failure> lost(BackupPolicy policy, FoundSource now) {
    var accepted = Acceptance.acknowledged(policy.getSpec());
    return lastFound(policy).stream()
        .flatMap(before -> parts(before.selfHosted()))
        .filter(
            before -> parts(now.selfHosted()).noneMatch(part -> part.name().equals(before.name())))
        .filter(before -> !accepted.contains(token(before)))
        .findFirst()
        .map(before -> lost(before, now));
  }

  private static Stream<SupabaseSource.Files> parts(SelfHosted project) {
    var configuration = project.configuration();
    var folder = configuration == null ? null : configuration.folder();
    return Stream.concat(
        project.places().stream(),
        Stream.ofNullable(folder)
            .map(
                path ->
                    new SupabaseSource.Files(
                        ComposedSupabase.CONFIGURATION, new FilePlace(path, null, null))));
  }

  private static Failure lost(SupabaseSource.Files before, FoundSource now) {
    var place = before.place();
    var why =
        TaskBuilder.orElse(now.leftOut(), List.<String>of()).stream()
            .filter(text -> text.startsWith(before.name() + ":"))
            .map(text -> " " + text)
            .collect(Collectors.joining());
    return Reason.ACKNOWLEDGEMENT_NEEDED.failure(
        "'"
            + before.name()
            + "' of the project was found in "
            + (place.path() == null ? "the Docker volume " + place.dockerVolume() : place.path())
            + " before, and is not found now."
            + why
            + " Make its container again (docker compose create), or spell it out; or accept that"
            + " it is not kept any more. Token: "
            + token(before));
  }

  private static String token(SupabaseSource.Files place) {
    return "without-"
        + place.name()
        + "-"
        + StableHash.of(String.valueOf(place.place())).letters(ClaimChoice.TOKEN_LENGTH);
  }

  private static Outcome refused(Reason reason, String message) {
    return new Outcome.Refused(reason.failure(message));
  }

  private static BackupPolicySpec with(BackupPolicySpec spec, SelfHosted project) {
    return new BackupPolicySpec(
        new BackupPolicySpec.Source(null, null, null, new SupabaseSource(project, null)),
        spec.storeRef(),
        spec.repository(),
        spec.schedule(),
        spec.runOnCreate(),
        spec.retention(),
        spec.maintenance(),
        spec.verification(),
        spec.objectives(),
        spec.suspend(),
        spec.deadline(),
        spec.retries(),
        spec.jobTemplate(),
        spec.acknowledge());
  }

  private static BackupPolicy with(
      BackupPolicy policy, BackupPolicySpec spec, @Nullable FoundSource source) {
    var seen = new BackupPolicy();
    seen.setMetadata(policy.getMetadata());
    seen.setSpec(spec);
    seen.setStatus(
        Objects.requireNonNullElse(policy.getStatus(), BackupPolicyStatus.NOTHING)
            .withSource(source));
    return seen;
  }
}

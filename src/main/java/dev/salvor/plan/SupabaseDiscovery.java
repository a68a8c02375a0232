package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupPolicyStatus;
import dev.salvor.api.Failure;
import dev.salvor.api.FilePlace;
import dev.salvor.api.FoundSource;
import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseSource.SelfHosted;
import dev.salvor.plan.DockerView.Seen;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Spells out a Supabase that a policy only names (ADR 28). What follows sees no difference: the
 * policy is looked at as if a person had written down what was found.
 */
public final class SupabaseDiscovery {
  /** What the part is called that says how a project is run. */
  static final String CONFIGURATION = "configuration";

  /** What tokens begin with that accept a move. */
  private static final String MOVED = "moved-";

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
  static BackupPolicy spelledOut(BackupPolicy policy, DockerView docker, PodsView pods) {
    var pointer = pointer(policy);
    if (pointer.isEmpty()) {
      return lastFound(policy).isEmpty() ? policy : with(policy, policy.getSpec(), null);
    }
    return find(policy, pointer.get(), docker, pods) instanceof Outcome.Found(var source)
        ? with(policy, with(policy.getSpec(), source.selfHosted()), source)
        : policy;
  }

  /** Why a project that is still not spelled out cannot be; empty: there is none. */
  static Optional<Failure> refusal(BackupPolicy policy, DockerView docker, PodsView pods) {
    return pointer(policy)
        .flatMap(
            pointer ->
                find(policy, pointer, docker, pods) instanceof Outcome.Refused(var failure)
                    ? Optional.of(failure)
                    : Optional.empty());
  }

  /** A policy's project as it was last seen to be, whether it is there now or not. */
  static SupabaseSource.Kind lastSeen(BackupPolicy policy, SupabaseSource source) {
    return (source.isPointer()
            ? lastFound(policy).map(FoundSource::selfHosted)
            : Optional.<SelfHosted>empty())
        .<SupabaseSource.Kind>map(found -> found)
        .orElse(source.kind());
  }

  /** The Compose project that a policy points at. */
  public static Optional<String> project(BackupPolicy policy) {
    return pointer(policy).map(SelfHosted::composeProject);
  }

  private static Optional<SelfHosted> pointer(BackupPolicy policy) {
    return Optional.ofNullable(policy.getSpec().source().supabase())
        .filter(SupabaseSource::isPointer)
        .map(SupabaseSource::selfHosted);
  }

  private static Optional<FoundSource> lastFound(BackupPolicy policy) {
    return Optional.ofNullable(policy.getStatus()).map(BackupPolicyStatus::source);
  }

  private static Outcome find(
      BackupPolicy policy, SelfHosted pointer, DockerView docker, PodsView pods) {
    var found = pointer.isOfPods() ? find(pointer, pods) : find(pointer, docker);
    return found instanceof Outcome.Found(var source)
        ? lost(policy, pointer, source)
            .or(() -> moved(policy, pointer, source))
            .<Outcome>map(Outcome.Refused::new)
            .orElseGet(() -> new Outcome.Found(sayingStale(policy, pointer, source)))
        : found;
  }

  /** A token by which a part was given up, or followed, would do it again without a question. */
  private static FoundSource sayingStale(BackupPolicy policy, SelfHosted pointer, FoundSource now) {
    var accepted = Acceptance.acknowledged(policy.getSpec());
    var stale =
        parts(now.selfHosted())
            .filter(part -> accepted.contains(token(part)))
            .map(
                part ->
                    part.name()
                        + ": found again. Remove the token "
                        + token(part)
                        + " from spec.acknowledge, or it is given up once more without a question"
                        + " when it is lost.");
    var current = movedToken(moves(policy, pointer, now));
    var moved =
        accepted.stream()
            .filter(token -> token.startsWith(MOVED) && !token.equals(current))
            .map(
                token ->
                    "Nothing that token "
                        + token
                        + " accepts has moved now. Remove it from spec.acknowledge, or the same"
                        + " move is followed once more without a question.");
    var leftOut =
        Stream.of(Defaults.orElse(now.leftOut(), List.<String>of()).stream(), stale, moved)
            .flatMap(each -> each)
            .toList();
    return new FoundSource(now.selfHosted(), now.images(), leftOut.isEmpty() ? null : leftOut);
  }

  private static Outcome find(SelfHosted pointer, DockerView docker) {
    return switch (docker) {
      case Seen seen -> find(pointer, seen);
      case DockerView.Unreachable(var why) -> refused(Reason.DOCKER_UNREACHABLE, why);
      case DockerView.Unasked _ -> refused(Reason.DOCKER_UNREACHABLE, "Not asked yet.");
    };
  }

  private static Outcome find(SelfHosted pointer, PodsView pods) {
    return switch (pods) {
      case PodsView.Seen seen -> ClusteredSupabase.of(pointer, seen).look();
      case PodsView.Unreachable(var why) -> refused(Reason.SOURCE_UNREACHABLE, why);
      case PodsView.Unasked _ -> refused(Reason.SOURCE_UNREACHABLE, "Not asked yet.");
    };
  }

  private static Outcome find(SelfHosted pointer, Seen seen) {
    var name = Objects.requireNonNull(pointer.composeProject());
    var containers =
        seen.containers().stream().filter(each -> each.project().equals(name)).toList();
    return containers.isEmpty()
        ? refused(
            Reason.SOURCE_UNREACHABLE,
            "Docker knows no container of Compose project '"
                + name
                + "': start it, or make its containers (docker compose create).")
        : new ComposedSupabase(pointer, containers, seen.volumes()).look();
  }

  /**
   * What was found before and is not now. A container that somebody removed tells nobody where its
   * files are; a point without them would be complete for all that anyone can see.
   */
  private static Optional<Failure> lost(BackupPolicy policy, SelfHosted pointer, FoundSource now) {
    var accepted = Acceptance.acknowledged(policy.getSpec());
    return lastFound(policy)
        .map(FoundSource::selfHosted)
        .flatMap(
            before ->
                Stream.concat(
                        parts(before)
                            .filter(
                                part ->
                                    parts(now.selfHosted())
                                        .noneMatch(it -> it.name().equals(part.name())))
                            .map(part -> new Lost(part.name(), in(part.place()), token(part))),
                        pointer.configuration() == null
                            ? Lost.objects(before, now.selfHosted()).stream()
                            : Stream.empty())
                    .filter(part -> !accepted.contains(part.token()))
                    .findFirst()
                    .map(part -> lost(part, pointer, now)));
  }

  /**
   * What was found elsewhere before: moved, or another's. The database's own identity freezes
   * forgetting when it changes, and says nothing of files. What is spelled out a person has moved.
   */
  private static Optional<Failure> moved(BackupPolicy policy, SelfHosted pointer, FoundSource now) {
    var moves = moves(policy, pointer, now);
    var token = movedToken(moves);
    return moves.isEmpty() || Acceptance.acknowledged(policy.getSpec()).contains(token)
        ? Optional.empty()
        : Optional.of(
            Reason.ACKNOWLEDGEMENT_NEEDED.failure(
                "Parts of the project were found elsewhere before: "
                    + moves
                    + ". Points of both would be in one history, and the old ones be forgotten for"
                    + " the new. If that is not meant, have them mounted as before, or spell them"
                    + " out; else accept that they moved. Token: "
                    + token));
  }

  /** From where to where, for people; empty: nothing is elsewhere. */
  private static String moves(BackupPolicy policy, SelfHosted pointer, FoundSource now) {
    var spelled = parts(pointer).map(SupabaseSource.Files::name).toList();
    return lastFound(policy).stream()
        .flatMap(before -> parts(before.selfHosted()))
        .filter(was -> !spelled.contains(was.name()))
        .flatMap(
            was ->
                parts(now.selfHosted())
                    .filter(is -> is.name().equals(was.name()))
                    .filter(is -> !is.place().equals(was.place()))
                    .map(
                        is ->
                            "'%s' from %s to %s"
                                .formatted(was.name(), in(was.place()), in(is.place()))))
        .collect(Collectors.joining(", "));
  }

  private static String movedToken(String moves) {
    return MOVED + StableHash.of(moves).letters(ClaimChoice.TOKEN_LENGTH);
  }

  /**
   * A part that is not found any more.
   *
   * @param where it was
   * @param token by which it is given up
   */
  private record Lost(String name, String where, String token) {
    /** Secrets and ConfigMaps that pods do not refer to any more; all of them are one part. */
    static Optional<Lost> objects(SelfHosted before, SelfHosted now) {
      var names = new TreeSet<>(objects(before.configuration()));
      names.removeAll(objects(now.configuration()));
      return names.isEmpty()
          ? Optional.empty()
          : Optional.of(
              new Lost(
                  CONFIGURATION,
                  String.join(", ", names),
                  SupabaseDiscovery.token(CONFIGURATION, String.join(",", names))));
    }

    private static List<String> objects(SupabaseSource.@Nullable Configuration configuration) {
      return configuration == null
          ? List.of()
          : Stream.concat(
                  Defaults.orElse(configuration.secrets(), List.<String>of()).stream()
                      .map(name -> "Secret " + name),
                  Defaults.orElse(configuration.configMaps(), List.<String>of()).stream()
                      .map(name -> "ConfigMap " + name))
              .toList();
    }
  }

  private static Stream<SupabaseSource.Files> parts(SelfHosted project) {
    var configuration = project.configuration();
    var folder = configuration == null ? null : configuration.folder();
    return Stream.concat(
        project.places().stream(),
        Stream.ofNullable(folder)
            .map(path -> new SupabaseSource.Files(CONFIGURATION, new FilePlace(path, null, null))));
  }

  private static Failure lost(Lost before, SelfHosted pointer, FoundSource now) {
    var why =
        Defaults.orElse(now.leftOut(), List.<String>of()).stream()
            .filter(text -> text.startsWith(before.name() + ":"))
            .map(text -> " " + text)
            .collect(Collectors.joining());
    return Reason.ACKNOWLEDGEMENT_NEEDED.failure(
        "'"
            + before.name()
            + "' of the project was found in "
            + before.where()
            + " before, and is not found now."
            + why
            + (pointer.isOfPods()
                ? " Have its pod made again"
                : " Make its container again (docker compose create)")
            + ", or spell it out; or accept that it is not kept any more. Token: "
            + before.token());
  }

  private static String in(FilePlace place) {
    var claim = place.claim();
    if (claim != null) {
      return "claim " + claim.name() + (claim.subPath() == null ? "" : "/" + claim.subPath());
    }
    return place.path() == null ? "the Docker volume " + place.dockerVolume() : place.path();
  }

  private static String token(SupabaseSource.Files place) {
    return token(place.name(), String.valueOf(place.place()));
  }

  private static String token(String name, String where) {
    return "without-" + name + "-" + StableHash.of(where).letters(ClaimChoice.TOKEN_LENGTH);
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

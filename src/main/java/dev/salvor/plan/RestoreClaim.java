package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.ClaimPlace;
import dev.salvor.api.ClaimSelection;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RestoreRequestSpec.VolumeTarget;
import dev.salvor.api.RestoreRequestStatus.Resolved;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.SupabaseTarget;
import dev.salvor.api.VolumeMode;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.Footing.ClaimToMake;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The claim that a request restores to, and what it is made like where it is not there. */
final class RestoreClaim {
  private static final long GIBIBYTE = 1L << 30;

  private final RestoreRequestObserved observed;
  private final VolumeTarget target;
  private final @Nullable String own;

  /**
   * That of a target.
   *
   * @param own the request's run that is held, which is not in its own way; null: there is none
   */
  RestoreClaim(RestoreRequestObserved observed, VolumeTarget target, @Nullable String own) {
    this.observed = observed;
    this.target = target;
    this.own = own;
  }

  /** All that must be looked at to decide about it; empty: the target is no claim. */
  static Optional<ClaimSelection> toLookAt(RestoreRequest request, @Nullable BackupPolicy policy) {
    var spec = request.getSpec();
    var names =
        switch (spec.target().kind()) {
          case VolumeTarget volume ->
              Stream.concat(
                  Stream.ofNullable(volume.claim()),
                  volume.claim() == null ? Stream.empty() : sourceName(spec, policy).stream());
          case SupabaseTarget project ->
              Stream.concat(written(spec).stream(), SupabasePlaces.keyClaim(project).stream());
          default -> Stream.<String>empty();
        };
    var distinct = names.distinct().toList();
    return isDone(request) || distinct.isEmpty()
        ? Optional.empty()
        : Optional.of(new ClaimSelection(distinct, null));
  }

  /** The claims that are written to. */
  static List<String> written(RestoreRequestSpec spec) {
    return switch (spec.target().kind()) {
      case VolumeTarget volume -> Stream.ofNullable(volume.claim()).toList();
      case SupabaseTarget project -> SupabasePlaces.written(spec, project);
      default -> List.of();
    };
  }

  /** Whether who uses them is scaled to zero meanwhile. */
  static boolean scalesToZero(RestoreRequestSpec spec) {
    return switch (spec.target().kind()) {
      case VolumeTarget volume -> Boolean.TRUE.equals(volume.scaleToZero());
      case SupabaseTarget project ->
          project.selfHosted() != null && Boolean.TRUE.equals(project.selfHosted().scaleToZero());
      default -> false;
    };
  }

  /**
   * The claims as they are without a run of the request itself.
   *
   * @param own null: there is none
   */
  static List<ClaimView> seen(RestoreRequestObserved observed, @Nullable String own) {
    return observed.claims().stream()
        .map(claim -> own == null ? claim : claim.without(own))
        .toList();
  }

  /** Who uses what is restored to, in words; empty: nobody, or it is accepted. */
  static Optional<String> disturbance(RestoreRequestObserved observed, String run) {
    var spec = observed.request().getSpec();
    var written = written(spec);
    return seen(observed, run).stream()
        .filter(claim -> written.contains(claim.name()))
        .flatMap(claim -> ClaimChoice.disturbance(spec, claim).stream())
        .findFirst();
  }

  /** Whether Docker must be looked at to decide about it. */
  static boolean isOfDocker(RestoreRequest request) {
    var target = request.getSpec().target();
    return (target.dockerVolume() != null
            || (target.supabase() != null
                && target.supabase().kind() instanceof SupabaseTarget.SelfHosted own
                && own.mayBeOfDocker()))
        && !isDone(request);
  }

  /** One that waits for an acknowledgement is settled too, and is read again when it has one. */
  private static boolean isDone(RestoreRequest request) {
    var status = request.getStatus();
    return status != null
        && Conditions.isSettled(status.conditions())
        && Objects.equals(status.observedGeneration(), request.getMetadata().getGeneration());
  }

  ClaimChoice choose(Resolved resolved) {
    if (target.claim() == null) {
      return ClaimChoice.plain();
    }
    if (isAmbiguous()) {
      return refused(
          "The policy keeps several claims: name in source.claim which of them is restored to"
              + " one.");
    }
    return holdsFolders(target.claim())
        ? refused(
            "Claim '"
                + target.claim()
                + "' has places of the project in folders of it, and files are restored to a"
                + " claim's root: restore to another claim, and copy them from there.")
        : ClaimChoice.toWrite(
            observed.request().getSpec(),
            target,
            find(target.claim()).orElse(null),
            make(resolved).orElse(null));
  }

  private boolean isAmbiguous() {
    var source = observed.request().getSpec().source();
    return source.claim() == null && source.undo() == null && namesOf(observed.policy()).size() > 1;
  }

  private static ClaimChoice refused(String why) {
    return new ClaimChoice.Unavailable(Reason.INVALID_SPEC.failure(why));
  }

  /** Whether more of the policy's project is in it than what is restored. */
  private boolean holdsFolders(String claim) {
    return observed.request().getSpec().source().files() != null
        && claimsOf(observed.policy())
            .anyMatch(place -> place.name().equals(claim) && place.subPath() != null);
  }

  private Optional<ClaimView> find(String name) {
    return seen(observed, own).stream().filter(claim -> claim.name().equals(name)).findFirst();
  }

  private Optional<ClaimToMake> make(Resolved resolved) {
    var create = target.create();
    if (create == null) {
      return Optional.empty();
    }
    var source =
        sourceName(observed.request().getSpec(), observed.policy())
            .flatMap(this::find)
            .orElse(null);
    var size =
        Optional.ofNullable(create.size())
            .or(() -> Optional.ofNullable(source).map(ClaimView::size))
            .or(() -> sizeOf(resolved));
    var stated = Optional.ofNullable(create.volumeMode());
    return size.map(
        found ->
            new ClaimToMake(
                Objects.requireNonNull(target.claim()),
                found,
                create.storageClassName() == null && source != null
                    ? source.storageClassName()
                    : create.storageClassName(),
                source == null || !source.isWritable()
                    ? List.of(ClaimView.ONE_NODE)
                    : source.accessModes(),
                stated.orElse(source == null ? VolumeMode.FILESYSTEM : source.volumeMode())));
  }

  /**
   * What it holds and a quarter more, in whole GiB: folders and small files take more than bytes.
   */
  private Optional<String> sizeOf(Resolved resolved) {
    var status = observed.policy() == null ? null : observed.policy().getStatus();
    var points = status == null ? null : status.recoveryPoints();
    return points == null
        ? Optional.empty()
        : points.stream()
            .filter(point -> point.id().equals(resolved.recoveryPoint()))
            .map(dev.salvor.api.RecoveryPoint::sizeBytes)
            .filter(Objects::nonNull)
            .map(bytes -> Math.ceilDiv(bytes + bytes / 4, GIBIBYTE))
            .map(gibibytes -> Math.max(1, gibibytes) + "Gi")
            .findFirst();
  }

  private static Optional<String> sourceName(
      RestoreRequestSpec spec, @Nullable BackupPolicy policy) {
    var names = namesOf(policy);
    return Optional.ofNullable(spec.source().claim())
        .or(() -> placeOf(policy, spec.source().files()))
        .or(() -> names.size() == 1 ? Optional.of(names.getFirst()) : Optional.empty());
  }

  /** The claim that such files of a project are in. */
  private static Optional<String> placeOf(@Nullable BackupPolicy policy, @Nullable String files) {
    return places(policy)
        .filter(place -> place.name().equals(files))
        .flatMap(place -> Optional.ofNullable(place.place().claim()).stream())
        .map(ClaimPlace::name)
        .findFirst();
  }

  private static Stream<ClaimPlace> claimsOf(@Nullable BackupPolicy policy) {
    return places(policy).flatMap(place -> Optional.ofNullable(place.place().claim()).stream());
  }

  /** Also of a project that a policy only points at: as it was found last. */
  private static Stream<SupabaseSource.Files> places(@Nullable BackupPolicy policy) {
    var project = policy == null ? null : policy.getSpec().source().supabase();
    return policy == null || project == null
        ? Stream.empty()
        : SupabaseDiscovery.lastSeen(policy, project).places().stream();
  }

  /** Claims that a policy keeps by name. */
  private static List<String> namesOf(@Nullable BackupPolicy policy) {
    return Optional.ofNullable(policy)
        .map(BackupPolicy::getSpec)
        .map(BackupPolicySpec::source)
        .map(BackupPolicySpec.Source::volume)
        .map(VolumeSource::claims)
        .map(ClaimSelection::names)
        .orElse(List.of());
  }
}

package dev.salvor.plan;

import dev.salvor.api.BackupPolicy;
import dev.salvor.api.BackupPolicySpec;
import dev.salvor.api.BackupStore;
import dev.salvor.api.DockerVolumeSource;
import dev.salvor.api.Failure;
import dev.salvor.api.Maintenance;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.api.Schedule;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.Verification;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.schedule.ScheduleReading;
import dev.salvor.plan.schedule.ScheduleSeed;
import dev.salvor.plan.schedule.Ticks;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whether a policy can work as it is written, whatever its last run did. */
sealed interface Acceptance {
  /**
   * It can.
   *
   * @param backup null: only when asked
   * @param verification null: only when asked
   * @param claims of the source; where they cannot be had all else goes on
   */
  record Accepted(
      BackupStore store,
      @Nullable Ticks backup,
      @Nullable Ticks verification,
      Ticks maintenance,
      ClaimChoice claims)
      implements Acceptance {}

  /** It cannot: WAITING for something else to appear, or a person is needed. */
  record Refused(Failure failure) implements Acceptance {}

  /** Why nothing, or no backup, is started. */
  default Optional<Failure> refusal() {
    return switch (this) {
      case Refused(var failure) -> Optional.of(failure);
      case Accepted accepted -> withoutClaims();
    };
  }

  /** Why no backup is started, where all else goes on. */
  default Optional<Failure> withoutClaims() {
    return this instanceof Accepted accepted
            && accepted.claims() instanceof ClaimChoice.Unavailable(var failure)
        ? Optional.of(failure)
        : Optional.empty();
  }

  /** What maintenance runs by when the policy names no time: once a day, at an hour of its own. */
  Schedule DAILY = new Schedule("H H * * *", "UTC", null, "12h");

  static Acceptance judge(PolicyObserved observed) {
    var policy = observed.policy();
    var spec = policy.getSpec();
    var newer = UnknownValues.find(spec);
    if (newer.isPresent()) {
      return refused(
          Reason.NEWER_THAN_OPERATOR,
          "spec." + newer.get() + " has a value that is not known here.");
    }
    var elsewhere = elsewhere(spec, observed.host());
    if (elsewhere.isPresent()) {
      return new Refused(elsewhere.get());
    }
    var store = StorePlanner.usable(observed.store(), spec.storeRef().name(), observed.host());
    if (store.isPresent()) {
      return new Refused(store.get());
    }
    var found = java.util.Objects.requireNonNull(observed.store());
    var claims = claims(policy, found, observed.claims(), observed.docker(), observed.pods());
    var backup = read(policy, "backup", spec.schedule());
    var verification = read(policy, "verify", schedule(spec.verification()));
    var maintenance = read(policy, "maintain", schedule(spec.maintenance()));
    for (var reading : List.of(backup, verification, maintenance)) {
      if (reading.failure() != null) {
        return new Refused(reading.failure());
      }
    }
    return new Accepted(
        found,
        backup.ticks(),
        verification.ticks(),
        java.util.Objects.requireNonNull(maintenance.ticks()),
        claims);
  }

  /** Why this host is not the one for such a source. */
  static Optional<Failure> elsewhere(BackupPolicySpec spec, HostKind host) {
    return switch (spec.source().kind()) {
      case PostgresSource postgres ->
          StorePlanner.notOnThisHost("spec.source.postgres", postgres.connection(), host);
      case VolumeSource volume ->
          StorePlanner.notOnThisHost(
                  "spec.source.volume.path", volume.path(), "spec.source.volume.claims", host)
              .or(
                  () ->
                      StorePlanner.notOnOneMachine(
                          "spec.source.volume.claims", volume.claims(), host))
              .or(
                  () ->
                      StorePlanner.notOnOneMachine(
                          "spec.source.volume.hooks", volume.hooks(), host))
              .or(() -> StorePlanner.notOnOneMachine(spec.verification(), host));
      case DockerVolumeSource docker ->
          StorePlanner.dockerNotHere("spec.source.dockerVolume", "spec.source.volume.claims", host)
              .or(() -> StorePlanner.notOnOneMachine(spec.verification(), host));
      case SupabaseSource supabase ->
          SupabasePlaces.elsewhere(supabase.kind(), host)
              .or(() -> StorePlanner.notOnOneMachine(spec.verification(), host));
    };
  }

  /** Of any source: one without volumes needs none. */
  static ClaimChoice claims(
      BackupPolicy policy,
      BackupStore store,
      List<ClaimView> claims,
      DockerView docker,
      PodsView pods) {
    return switch (policy.getSpec().source().kind()) {
      case PostgresSource postgres -> ClaimChoice.plain();
      case VolumeSource volume -> claims(volume, store, claims);
      case DockerVolumeSource source -> DockerVolumes.toRead(source, docker);
      case SupabaseSource source ->
          SupabaseDiscovery.refusal(policy, docker, pods)
              .<ClaimChoice>map(ClaimChoice.Unavailable::new)
              .orElseGet(() -> SupabasePlaces.toRead(source.kind(), store, claims, docker));
    };
  }

  private static ClaimChoice claims(
      VolumeSource volume, BackupStore store, List<ClaimView> claims) {
    return volume.claims() == null
        ? ClaimChoice.plain()
        : StorePlanner.unfit(store, claims.stream().map(ClaimView::name).toList(), volume.runAs())
            .<ClaimChoice>map(ClaimChoice.Unavailable::new)
            .orElseGet(() -> ClaimChoice.toRead(volume, claims));
  }

  private static @Nullable Schedule schedule(@Nullable Verification verification) {
    return verification == null ? null : verification.schedule();
  }

  private static Schedule schedule(@Nullable Maintenance maintenance) {
    return maintenance == null || maintenance.schedule() == null ? DAILY : maintenance.schedule();
  }

  private static Refused refused(Reason reason, String message) {
    return new Refused(reason.failure(message));
  }

  /** A schedule that was read, or why it could not be; both null where there is none. */
  record Read(@Nullable Ticks ticks, @Nullable Failure failure) {}

  private static Read read(BackupPolicy policy, String purpose, @Nullable Schedule schedule) {
    if (schedule == null) {
      return new Read(null, null);
    }
    var metadata = policy.getMetadata();
    var seed = new ScheduleSeed(metadata.getNamespace(), metadata.getName(), purpose);
    return switch (ScheduleReading.read(schedule, seed, acknowledged(policy.getSpec()))) {
      case ScheduleReading.Usable(var ticks) -> new Read(ticks, null);
      case ScheduleReading.Unusable(var failure) -> new Read(null, failure);
    };
  }

  static List<String> acknowledged(BackupPolicySpec spec) {
    return Defaults.orElse(spec.acknowledge(), List.of());
  }
}

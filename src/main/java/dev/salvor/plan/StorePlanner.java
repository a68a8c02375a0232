package dev.salvor.plan;

import dev.salvor.api.BackupStore;
import dev.salvor.api.BackupStoreSpec;
import dev.salvor.api.BackupStoreStatus;
import dev.salvor.api.Condition;
import dev.salvor.api.Failure;
import dev.salvor.api.PostgresConnection;
import dev.salvor.api.Reason;
import dev.salvor.api.RunAs;
import dev.salvor.api.Verification;
import dev.salvor.plan.Conditions.Value;
import dev.salvor.task.TaskResult;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a store is probed and what its status says. A store is probed when it is new, when
 * its spec changed, and daily: an expired credential is found before the night that needs it.
 */
public final class StorePlanner {
  static final Duration PROBE_EVERY = Duration.ofDays(1);
  static final Duration AFTER_FAILURE = Duration.ofMinutes(5);

  private StorePlanner() {}

  /** Why this store cannot be used now; empty if it can. */
  static Optional<Failure> usable(@Nullable BackupStore store, String name, HostKind host) {
    if (store == null) {
      return Optional.of(
          Reason.STORE_NOT_FOUND.failure(
              "There is no BackupStore '" + name + "' in this namespace."));
    }
    var elsewhere = notOnThisHost(store.getSpec(), host);
    if (elsewhere.isPresent()) {
      return elsewhere;
    }
    var status = store.getStatus();
    if (status == null || status.storeId() == null) {
      var why =
          status == null || status.failure() == null
              ? "It has not been reached yet."
              : status.failure().message();
      return Optional.of(
          Reason.STORE_NOT_READY.failure("BackupStore '" + name + "' is not ready. " + why));
    }
    return Optional.empty();
  }

  private static Optional<Failure> notOnThisHost(BackupStoreSpec spec, HostKind host) {
    return switch (spec.place()) {
      case BackupStoreSpec.PersistentVolumeClaim claim when host == HostKind.ONE_MACHINE ->
          Optional.of(
              Reason.NOT_ON_THIS_HOST.failure(
                  "spec.pvc (claim '" + claim.claimName() + "') works in a cluster only."));
      case BackupStoreSpec.Folder folder when host == HostKind.KUBERNETES ->
          notOnThisHost("spec.folder", folder.path(), "another BackupStore with s3 or pvc", host);
      case BackupStoreSpec.S3 s3 -> Optional.empty();
      case BackupStoreSpec.PersistentVolumeClaim claim -> Optional.empty();
      case BackupStoreSpec.Folder folder -> Optional.empty();
    };
  }

  /**
   * A folder is of one machine; in a cluster it would be that of whatever node.
   *
   * @param instead what to write in a cluster
   */
  static Optional<Failure> notOnThisHost(
      String field, @Nullable String folder, String instead, HostKind host) {
    return folder == null
        ? Optional.empty()
        : notInACluster(field + " (" + folder + ")", "", instead, host);
  }

  /** What only one machine has. */
  private static Optional<Failure> notInACluster(
      String what, String where, String instead, HostKind host) {
    return host == HostKind.ONE_MACHINE
        ? Optional.empty()
        : Optional.of(
            Reason.NOT_ON_THIS_HOST.failure(
                what
                    + " works under salvor local only"
                    + where
                    + "; in a cluster: "
                    + instead
                    + "."));
  }

  /** A container is of one machine's Docker. */
  static Optional<Failure> notOnThisHost(
      String field, PostgresConnection connection, HostKind host) {
    return connection.isInContainer()
        ? dockerNotHere(
            field
                + (connection.container() == null
                    ? ".connection.composeService"
                    : ".connection.container"),
            "connection.secretRef, or connection.host with its user and password",
            host)
        : Optional.empty();
  }

  /** The Docker of whatever node would be another one each time. */
  static Optional<Failure> dockerNotHere(String field, String instead, HostKind host) {
    return notInACluster(field, ", on the machine that Docker runs on", instead, host);
  }

  /** Claims and pods are of a cluster. */
  static Optional<Failure> notOnOneMachine(String field, @Nullable Object value, HostKind host) {
    return value == null || host == HostKind.KUBERNETES
        ? Optional.empty()
        : Optional.of(Reason.NOT_ON_THIS_HOST.failure(field + " works in a cluster only."));
  }

  /** A program of the user's needs a container runtime that keeps it in. */
  static Optional<Failure> notOnOneMachine(@Nullable Verification verification, HostKind host) {
    return TaskBuilder.checks(verification).stream()
        .filter(check -> check.command() != null)
        .findFirst()
        .flatMap(
            check ->
                notOnOneMachine(
                    "spec.verification.checks: the command of check '" + check.name() + "'",
                    check,
                    host));
  }

  /**
   * Why runs that work on these claims cannot use a store that lies on a claim itself. What an
   * application's user writes there, the runs of Salvor's own user could not read, and only root
   * can become that one.
   */
  static Optional<Failure> unfit(BackupStore store, List<String> claims, @Nullable RunAs runAs) {
    if (!(store.getSpec().place()
        instanceof BackupStoreSpec.PersistentVolumeClaim(var own, var _))) {
      return Optional.empty();
    }
    var what = "BackupStore '" + store.getMetadata().getName() + "' lies on claim '" + own + "'";
    if (claims.contains(own)) {
      return Optional.of(
          Reason.INVALID_SPEC.failure(
              what + ": a store can be neither what it keeps nor where that is restored to."));
    }
    return runAs == null
        ? Optional.empty()
        : Optional.of(
            Reason.INVALID_SPEC.failure(
                what
                    + ", to which Salvor's own user writes. With runAs (user "
                    + runAs.user()
                    + ") a store with s3 is needed; without runAs this one will do."));
  }

  public static Decision<BackupStoreStatus> decide(StoreObserved observed) {
    var store = observed.store();
    var status = Defaults.orElse(store.getStatus(), EMPTY);
    for (var run : observed.runs()) {
      if (run.hasEnded() && !isRecorded(status, run)) {
        status = record(store, status, run);
      }
    }
    var judged = status;
    var removable =
        observed.runs().stream()
            .filter(run -> run.hasEnded() && isRecorded(judged, run))
            .map(run -> run.labels().name())
            .toList();
    var refusal = refusal(observed);
    var due = refusal.isPresent() ? Instant.MAX : due(store, status, observed.now());
    var running = observed.runs().stream().anyMatch(run -> !run.hasEnded());
    var launches =
        running || due.isAfter(observed.now()) ? List.<Launch>of() : List.of(probe(observed));
    return new Decision<>(
        with(status, store.getMetadata().getGeneration(), conditions(observed, status, refusal)),
        launches,
        removable,
        due.isAfter(observed.now()) && !due.equals(Instant.MAX)
            ? due
            : observed.now().plus(PROBE_EVERY));
  }

  private static final BackupStoreStatus EMPTY =
      new BackupStoreStatus(-1L, null, null, null, null, null, null);

  private static boolean isRecorded(BackupStoreStatus status, RunView run) {
    return status.lastProbe() != null
        && run.ended() != null
        && !run.ended().isAfter(status.lastProbe());
  }

  private static Optional<Failure> refusal(StoreObserved observed) {
    var spec = observed.store().getSpec();
    var newer = UnknownValues.find(spec);
    return newer.isPresent()
        ? Optional.of(
            Reason.NEWER_THAN_OPERATOR.failure(
                "spec." + newer.get() + " has a value that is not known here."))
        : notOnThisHost(spec, observed.host());
  }

  private static Instant due(BackupStore store, BackupStoreStatus status, Instant now) {
    var changed = !Objects.equals(status.observedGeneration(), store.getMetadata().getGeneration());
    if (status.lastProbe() == null || changed) {
      return now;
    }
    return status.lastProbe().plus(status.failure() == null ? PROBE_EVERY : AFTER_FAILURE);
  }

  private static Launch probe(StoreObserved observed) {
    var store = observed.store();
    var metadata = store.getMetadata();
    var labels =
        new RunLabels(
            RunNames.of(metadata.getName(), metadata.getUid(), Purpose.PROBE, probeCause(store), 1),
            Purpose.PROBE,
            storeKey(store),
            null,
            null,
            metadata.getUid(),
            null,
            observed.now(),
            1);
    return new Launch(
        labels, List.of(new TaskBuilder(observed.host(), observed.cluster()).probe(labels, store)));
  }

  /** The same until its outcome is recorded, so that one probe is launched once. */
  private static RunNames.Cause probeCause(BackupStore store) {
    var last = store.getStatus() == null ? null : store.getStatus().lastProbe();
    return new RunNames.Cause.Following(
        "generation " + store.getMetadata().getGeneration(),
        last == null ? "first" : last.toString());
  }

  static String storeKey(BackupStore store) {
    return store.getMetadata().getNamespace() + "/" + store.getMetadata().getName();
  }

  private static BackupStoreStatus record(
      BackupStore store, BackupStoreStatus status, RunView run) {
    var found = run.result(TaskResult.Probed.class);
    if (found.isEmpty()) {
      return new BackupStoreStatus(
          status.observedGeneration(),
          status.conditions(),
          status.storeId(),
          status.keyFingerprint(),
          run.ended(),
          status.capabilities(),
          run.failure()
              .orElseGet(
                  () ->
                      Reason.REPORT_MISSING.failure(
                          "The probe of BackupStore '"
                              + store.getMetadata().getName()
                              + "' left no report.")));
    }
    var result = found.get();
    return new BackupStoreStatus(
        status.observedGeneration(),
        status.conditions(),
        result.storeId(),
        result.keyFingerprint(),
        run.ended(),
        new BackupStoreStatus.StoreCapabilities(
            result.versioning(), result.objectLock(), result.deletable()),
        null);
  }

  private static List<Condition> conditions(
      StoreObserved observed, BackupStoreStatus status, Optional<Failure> refusal) {
    var conditions =
        new Conditions(
            status.conditions(), observed.store().getMetadata().getGeneration(), observed.now());
    var failure = refusal.orElse(status.failure());
    if (failure != null && failure.reason().course() == Reason.Course.TERMINAL) {
      conditions.stalled(failure.reason(), failure.message());
    } else if (failure != null) {
      conditions.progressing(failure.reason(), failure.message());
    } else if (status.storeId() == null) {
      conditions.progressing(Reason.PROGRESSING, "The store is looked at for the first time.");
    } else {
      conditions.ready(Reason.ACCEPTED, "The store is reachable and the one it was.");
    }
    return escrow(conditions, observed.store(), status).list();
  }

  /**
   * The password must outlive the cluster: until a person says that it is kept elsewhere, say so.
   */
  private static Conditions escrow(
      Conditions conditions, BackupStore store, BackupStoreStatus status) {
    var fingerprint = status.keyFingerprint();
    if (fingerprint == null) {
      return conditions;
    }
    var token = "key-kept-" + fingerprint;
    return Defaults.orElse(store.getSpec().acknowledge(), List.of()).contains(token)
        ? conditions.set(
            Conditions.KEY_ESCROW,
            Value.TRUE,
            Reason.ACCEPTED,
            "The encryption password is kept elsewhere, as a person acknowledged.")
        : conditions.set(
            Conditions.KEY_ESCROW,
            Value.FALSE,
            Reason.ACKNOWLEDGEMENT_NEEDED,
            "Without the encryption password no backup can be read. Keep it outside of this machine"
                + " or cluster, then add "
                + token
                + " to spec.acknowledge.");
  }

  private static BackupStoreStatus with(
      BackupStoreStatus status, Long generation, List<Condition> conditions) {
    return new BackupStoreStatus(
        generation,
        conditions,
        status.storeId(),
        status.keyFingerprint(),
        status.lastProbe(),
        status.capabilities(),
        status.failure());
  }
}

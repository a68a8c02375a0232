package dev.salvor.api;

import static dev.salvor.api.Reason.Course.RETRYABLE;
import static dev.salvor.api.Reason.Course.STATE;
import static dev.salvor.api.Reason.Course.TERMINAL;
import static dev.salvor.api.Reason.Course.WAITING;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Why a run failed, waits, or a resource cannot work: the one list from which condition reasons,
 * event types and hints are taken. The text of a constant is its name in CamelCase.
 */
public enum Reason {
  // The store and the repository in it.
  STORE_UNREACHABLE(
      "StoreUnreachable", RETRYABLE, "Check endpoint, network and credentials of the store."),
  STORE_ACCESS_DENIED(
      "StoreAccessDenied",
      TERMINAL,
      "Check the store's credentials and what they may do; the probe's message names the call that"
          + " was refused."),
  STORE_READ_ONLY(
      "StoreReadOnly",
      TERMINAL,
      "Make the store writable for these credentials; reading and restoring still work."),
  STORE_FULL("StoreFull", TERMINAL, "Free space in the store or enlarge it, then run maintenance."),
  STORE_UNKNOWN(
      "StoreUnknown",
      TERMINAL,
      "This place is not the store that was used before. Check bucket, prefix or mount; if it is"
          + " meant, correct spec.storeId."),
  STORE_NOT_INITIALIZED(
      "StoreNotInitialized",
      TERMINAL,
      "If this empty place is meant to become a store, set spec.initialize: IfEmpty."),
  STORE_DAMAGED(
      "StoreDamaged",
      TERMINAL,
      "Data in the store is lost or altered. Maintenance repairs the index; the next backup uploads"
          + " what is missing. Look at the store's own health."),
  REPOSITORY_MISSING(
      "RepositoryMissing",
      TERMINAL,
      "The store knows this repository but it is not there. Was it deleted, or is the path"
          + " mistyped?"),
  REPOSITORY_LOCKED(
      "RepositoryLocked",
      RETRYABLE,
      "Another restic works in this repository; the run is tried again."),
  WRONG_PASSWORD(
      "WrongPassword",
      TERMINAL,
      "The encryption password does not open this repository. Put back the password that it was"
          + " made with."),
  OWNED_BY_OTHER(
      "OwnedByOther",
      TERMINAL,
      "Another cluster or policy writes here. If this one is to take over, add the named token to"
          + " spec.acknowledge."),
  SOURCE_CHANGED(
      "SourceChanged",
      WAITING,
      "The database system is another one than before. Backups go on; nothing is forgotten until a"
          + " new point is Verified and the named token is in spec.acknowledge."),
  // The source.
  CREDENTIALS_MISSING("CredentialsMissing", TERMINAL, "Create the named Secret or key."),
  SOURCE_UNREACHABLE(
      "SourceUnreachable",
      RETRYABLE,
      "Check host, port and network of the database, and whether its container runs; or the"
          + " endpoint of the bucket."),
  AUTHENTICATION_FAILED(
      "AuthenticationFailed",
      TERMINAL,
      "Check user and password of the database connection, or the keys of the bucket."),
  TLS_FAILED(
      "TlsFailed", TERMINAL, "Check sslMode, the CA and the name in the server's certificate."),
  INSUFFICIENT_PRIVILEGE(
      "InsufficientPrivilege",
      TERMINAL,
      "Grant what the message names, or back up as a role that has it."),
  ROW_SECURITY(
      "RowSecurity",
      TERMINAL,
      "Rows would be missing: give the backup role BYPASSRLS, or use the owner or a superuser."),
  BEHIND_POOLER(
      "BehindPooler",
      TERMINAL,
      "Connect to the server itself or to a session pooler: a snapshot does not survive a"
          + " transaction pooler."),
  NO_CLIENT_FOR_SERVER(
      "NoClientForServer",
      TERMINAL,
      "Install the PostgreSQL client of the server's own major version, or use an image that has"
          + " it."),
  DDL_IN_PROGRESS(
      "DdlInProgress",
      RETRYABLE,
      "Someone alters or locks tables right now; the backup is tried again later."),
  EMPTY_SOURCE(
      "EmptySource",
      TERMINAL,
      "The source is empty or much smaller than before. If that is right, set allowEmpty: true."),
  SOURCE_MISSING(
      "SourceMissing",
      TERMINAL,
      "Nothing was stored. Mount what is to be mounted there, or correct spec.source.volume.path."),
  CONTAINER_UNUSABLE(
      "ContainerUnusable",
      TERMINAL,
      "The message says what could not be found out of the container, and what to write instead."),
  DATABASE_MISSING("DatabaseMissing", TERMINAL, "Check the names of the databases."),
  // What was made or read back.
  INCOMPLETE_BACKUP(
      "IncompleteBackup",
      RETRYABLE,
      "A part of the backup was not written whole; it does not count. The run is tried again."),
  MANIFEST_MISMATCH(
      "ManifestMismatch",
      TERMINAL,
      "What was read back is not what was written. Look at the store's own health."),
  NO_MATCHING_RECOVERY_POINT(
      "NoMatchingRecoveryPoint",
      TERMINAL,
      "Choose one of the recovery points that the message lists."),
  CORRUPT_RECOVERY_POINT(
      "CorruptRecoveryPoint",
      TERMINAL,
      "The recovery point cannot be read whole. Restore an older one; 'salvor get' shows which were"
          + " verified."),
  // The target.
  TARGET_EXISTS(
      "TargetExists", TERMINAL, "Choose another target, or set replace: true and notAfter."),
  TARGET_NOT_EMPTY(
      "TargetNotEmpty", TERMINAL, "Choose an empty target, or set replace: true and notAfter."),
  TARGET_UNUSABLE(
      "TargetUnusable",
      TERMINAL,
      "Name a folder or a claim that there is room in and that may be written to; a folder above a"
          + " new one must exist."),
  ACKNOWLEDGEMENT_NEEDED(
      "AcknowledgementNeeded",
      TERMINAL,
      "Read the message; if you accept it, add the named token to spec.acknowledge."),
  EXPIRED(
      "Expired",
      TERMINAL,
      "notAfter has passed: nothing was touched. Create a new request if it is still wanted."),
  ALREADY_CARRIED_OUT(
      "AlreadyCarriedOut",
      TERMINAL,
      "This request was carried out before: nothing was touched. Create a new one with another"
          + " name."),
  CANNOT_RENAME(
      "CannotRename",
      TERMINAL,
      "Set strategy: Recreate: the message says what binds the database to its name. A safety point"
          + " is taken first."),
  VAULT_KEY_DIFFERS(
      "VaultKeyDiffers",
      TERMINAL,
      "Secrets of Vault could not be read there. Stop the server, restore the part key to where it"
          + " reads it, start it, and create the request anew."),
  RESTORE_FAILED(
      "RestoreFailed",
      TERMINAL,
      "The target was left as the message says. The log tail shows the first error."),
  SOURCE_WAS_DAMAGED(
      "SourceWasDamaged",
      TERMINAL,
      "A unique index does not build on the restored rows: the source held duplicates already"
          + " (often after a collation change). The backup is what the source was."),
  SAFETY_COPY_FAILED(
      "SafetyCopyFailed",
      TERMINAL,
      "What would be replaced could not be kept first. If you accept losing it, add the named token"
          + " to spec.acknowledge."),
  // The proof.
  FACTS_DIFFER(
      "FactsDiffer",
      TERMINAL,
      "The restored copy is not what was backed up. Older points are tried; look at the list of"
          + " recovery points."),
  CHECK_FAILED("CheckFailed", TERMINAL, "A check of yours says no about the restored copy."),
  CHECK_ERRORED(
      "CheckErrored",
      TERMINAL,
      "A check of yours could not be run. Correct its SQL or its command."),
  SANDBOX_FAILED(
      "SandboxFailed", RETRYABLE, "The sandbox server did not start; nothing was proven."),
  EXTENSION_UNAVAILABLE(
      "ExtensionUnavailable",
      TERMINAL,
      "Give the sandbox an image or a server that has the extension."),
  NOT_ISOLATED(
      "NotIsolated",
      TERMINAL,
      "This database can act on others (foreign servers, dblink and the like), or a command of your"
          + " checks could: give the sandbox isolation, or set verification.isolation: Preferred."),
  NOTHING_TO_COMPARE(
      "NothingToCompare",
      TERMINAL,
      "Nothing was noted of this point that could be compared: it can be restored, not proven."),
  NOT_COMPARABLE(
      "NotComparable",
      TERMINAL,
      "Only root can give files their owners and attributes back: leave runAs out, or run salvor"
          + " local as root, or as the owner of all files."),
  // The machine and the host.
  SCRATCH_FULL(
      "ScratchFull",
      TERMINAL,
      "Give the run more scratch space (jobTemplate.scratchSize); on one machine free space on the"
          + " disk that is named, most often that of the state folder."),
  OUT_OF_MEMORY(
      "OutOfMemory",
      RETRYABLE,
      "Give the run more memory; it is tried once more with twice as much."),
  DEADLINE_EXCEEDED(
      "DeadlineExceeded",
      RETRYABLE,
      "The run took longer than its deadline. Raise the deadline or look at what it waited for."),
  INTERRUPTED("Interrupted", RETRYABLE, "The run was ended from outside; it is tried again."),
  IMAGE_UNAVAILABLE(
      "ImageUnavailable",
      RETRYABLE,
      "Check the image's name, the registry and imagePullSecrets; the message is the node's own"
          + " word."),
  UNSCHEDULABLE(
      "Unschedulable",
      RETRYABLE,
      "No node takes the pod: check jobTemplate (nodeSelector, tolerations, resources) and what the"
          + " nodes have free."),
  REFUSED_BY_CLUSTER(
      "RefusedByCluster",
      RETRYABLE,
      "The cluster does not create the pod: the message names the quota, the Pod Security level or"
          + " the policy that refused it."),
  POD_SECURITY(
      "PodSecurity",
      TERMINAL,
      "Volumes are read and written as root, which needs Pod Security level baseline: label the"
          + " namespace pod-security.kubernetes.io/enforce=baseline, or set runAs to the"
          + " application's own user. All other pods meet level restricted."),
  SNAPSHOT_FAILED(
      "SnapshotFailed",
      RETRYABLE,
      "The message is the word of the snapshot controller or the driver; 'kubectl describe"
          + " volumesnapshot' says more while the run waits. It is tried again."),
  HOOK_FAILED(
      "HookFailed",
      RETRYABLE,
      "The message has the last words of a command in the application's own pod, or why none is"
          + " run (one that is refused needs its namespace in hooks.namespaces of the chart), or"
          + " what did not hold still until all was read. What was begun is taken back by the after"
          + " command; events on the pod say if that fails."),
  SCALING_FAILED(
      "ScalingFailed",
      RETRYABLE,
      "The message says what was not scaled to zero, or by whom it was scaled up again: let that"
          + " controller leave spec.replicas alone, or take scaleToZero back. What was scaled is"
          + " put back."),
  CONTAINERS_NOT_HELD(
      "ContainersNotHeld",
      RETRYABLE,
      "The message says which container did not stay down until all was read, or why it was not"
          + " stopped. Whatever was stopped or paused runs again; 'salvor doctor' names what could"
          + " not be started."),
  CONTAINER_NOT_STOPPABLE(
      "ContainerNotStoppable",
      TERMINAL,
      "Nothing was stopped. The message says which container must not be, and what to do."),
  NOT_STARTED(
      "NotStarted",
      RETRYABLE,
      "The node could not start the run; the message is its own word. A volume that cannot be"
          + " mounted shows in 'kubectl describe pod'."),
  EVICTED(
      "Evicted",
      RETRYABLE,
      "The cluster ended the pod: look at the node's disk and memory, at drains and at"
          + " priorities."),
  REPORT_MISSING(
      "ReportMissing",
      RETRYABLE,
      "The worker left no report; the repository is asked what it did."),
  ENGINE_MISSING(
      "EngineMissing",
      TERMINAL,
      "Install the named program in the version that the message asks for."),
  ENGINE_FAILED(
      "EngineFailed",
      RETRYABLE,
      "The engine failed in a way that is not known; the log tail is its own output."),
  INTERNAL_ERROR(
      "InternalError", RETRYABLE, "This is a defect of Salvor. Please report it with the log."),
  // Accepting a resource.
  INVALID_SPEC("InvalidSpec", TERMINAL, "Correct the named field."),
  INVALID_SCHEDULE(
      "InvalidSchedule", TERMINAL, "Correct the schedule; the message says what is wrong with it."),
  NEWER_THAN_OPERATOR(
      "NewerThanOperator",
      TERMINAL,
      "The manifest uses a value that this version does not know. Upgrade Salvor."),
  NOT_ON_THIS_HOST(
      "NotOnThisHost",
      TERMINAL,
      "This kind of source, store or target works only on the other host."),
  STORE_NOT_FOUND("StoreNotFound", WAITING, "Apply the BackupStore that spec.storeRef names."),
  POLICY_NOT_FOUND("PolicyNotFound", WAITING, "Apply the BackupPolicy that is named."),
  STORE_NOT_READY(
      "StoreNotReady", WAITING, "The BackupStore is not ready; its own status says why."),
  BREAKER(
      "Breaker",
      WAITING,
      "Maintenance would remove more than the allowed share at once. If it is right, add the named"
          + " token to spec.acknowledge."),
  CLAIM_NOT_FOUND(
      "ClaimNotFound",
      WAITING,
      "Create the PersistentVolumeClaim, or correct its name; it is looked for again."),
  CLAIM_NOT_BOUND(
      "ClaimNotBound",
      WAITING,
      "The claim has no volume yet: look at 'kubectl describe pvc'. It is looked at again."),
  CLAIM_BUSY(
      "ClaimBusy",
      WAITING,
      "The claim is in use in a way that lets nobody else mount it now; it is looked at again."),
  CLAIM_UNUSABLE("ClaimUnusable", TERMINAL, "The message says what the claim is and what to do."),
  DOCKER_UNREACHABLE(
      "DockerUnreachable",
      WAITING,
      "Start Docker, or let salvor local reach its socket: /var/run/docker.sock, or what"
          + " DOCKER_HOST names. It is asked again; 'salvor doctor' says more."),
  VOLUME_NOT_FOUND(
      "VolumeNotFound",
      WAITING,
      "Create the Docker volume, or correct its name; it is looked for again."),
  VOLUME_UNUSABLE("VolumeUnusable", TERMINAL, "The message says what it is and what to do."),
  SNAPSHOT_UNAVAILABLE(
      "SnapshotUnavailable",
      WAITING,
      "The message says what is missing. Install or name classes of the volume's driver (snapshot:"
          + " className, storageClassName), or read the claims as they are (mode: Live); it is"
          + " looked at again."),
  // States that are no failure.
  SUSPENDED("Suspended", STATE, null),
  ACCEPTED("Accepted", STATE, null),
  PROGRESSING("Progressing", STATE, null),
  QUEUED("Queued", STATE, null),
  SUCCEEDED("Succeeded", STATE, null),
  NEVER_BACKED_UP("NeverBackedUp", STATE, null),
  NEVER_VERIFIED("NeverVerified", STATE, null),
  WITHIN_OBJECTIVE("WithinObjective", STATE, null),
  OBJECTIVE_MISSED(
      "ObjectiveMissed",
      STATE,
      "Look at status.failure and status.runs for why no newer backup succeeded."),
  PROOF_TOO_OLD(
      "ProofTooOld", STATE, "Look at status.lastVerification for why there is no newer proof."),
  UNPROVEN("Unproven", STATE, "Verification could not find out; status.lastVerification says why."),
  REFUTED("Refuted", STATE, "The newest backup was restored and is wrong. Older points are tried."),
  VERIFIED("Verified", STATE, null),
  /** A reason of a newer version, read from a status or report. */
  UNKNOWN("Unknown", STATE, null);

  /** What a planner does about it. */
  public enum Course {
    /** Try again with back-off. */
    RETRYABLE,
    /** Look again when something changes or time has passed. */
    WAITING,
    /** Trying again alone changes nothing: a person is needed. */
    TERMINAL,
    /** No failure: it says how things stand. */
    STATE
  }

  private final String text;
  private final Course course;
  private final @Nullable String hint;

  Reason(String text, Course course, @Nullable String hint) {
    this.text = text;
    this.course = course;
    this.hint = hint;
  }

  @JsonValue
  public String text() {
    return text;
  }

  public Course course() {
    return course;
  }

  /** What to do about it, for people; null where there is nothing to do. */
  public @Nullable String hint() {
    return hint;
  }

  @JsonCreator
  public static Reason of(String text) {
    for (var reason : values()) {
      if (reason.text.equals(text)) {
        return reason;
      }
    }
    return UNKNOWN;
  }

  public Failure failure(String message) {
    return failure(message, null);
  }

  public Failure failure(String message, @Nullable String logTail) {
    return new Failure(this, message, hint, logTail);
  }

  @Override
  public String toString() {
    return text;
  }
}

package dev.salvor.plan;

import dev.salvor.api.ClaimSelection;
import dev.salvor.api.Failure;
import dev.salvor.api.JobTemplate;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.RunAs;
import dev.salvor.api.VolumeMode;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.Footing.Access;
import dev.salvor.plan.Footing.ClaimToMake;
import dev.salvor.plan.Footing.Identity;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which claims a run mounts and on which node it must run for that, or why it cannot. */
sealed interface ClaimChoice {
  /** It can run. */
  record Chosen(Footing footing) implements ClaimChoice {}

  /** It cannot as things stand. */
  record Unavailable(Failure failure) implements ClaimChoice {}

  /** Most names that a message lists. */
  int NAMED = 5;

  int TOKEN_LENGTH = 8;

  /**
   * All annotations of an object together take 256 KiB; a quarter of that leaves room for others.
   */
  int HOOK_BYTES = 64 * 1024;

  /** What to do about a claim that is to be read beside its one pod. */
  String SHARED =
      "Read a snapshot of it (mode: Snapshot), or make it ReadWriteOnce, which lets a second pod of"
          + " the same node in.";

  /** For what has to do with no claim. */
  static ClaimChoice plain() {
    return new Chosen(Footing.PLAIN);
  }

  /**
   * To back them up.
   *
   * @param source with claims
   * @param claims those of them that there are
   */
  static ClaimChoice toRead(VolumeSource source, List<ClaimView> claims) {
    var scales = Boolean.TRUE.equals(source.scaleToZero());
    var found = scales ? claims.stream().map(ClaimView::scaledToZero).toList() : claims;
    return missing(Objects.requireNonNull(source.claims()), found)
        .or(() -> unfitHooks(source))
        .or(() -> found.stream().flatMap(it -> unreadable(source, it).stream()).findFirst())
        .or(() -> scales ? unscalable(found).or(() -> readOnNodes(found)) : Optional.empty())
        .<ClaimChoice>map(Unavailable::new)
        .orElseGet(
            () ->
                new Chosen(
                    spread(
                            footing(
                                found.stream().map(claim -> toRead(source, claim)).toList(),
                                mounted(source, found),
                                identity(source.runAs(), new Identity.Reader())),
                            mounted(source, found))
                        .tolerating(
                            tolerations(scales ? claims : copied(source, claims), user -> true))
                        .scalingToZero(
                            scales
                                ? found.stream().map(ClaimView::name).sorted().toList()
                                : List.of())
                        .between(Defaults.orElse(source.hooks(), List.of()))));
  }

  /** All of them stand on the Job, and their after commands on each pod. */
  private static Optional<Failure> unfitHooks(VolumeSource source) {
    var hooks = Defaults.orElse(source.hooks(), List.<VolumeSource.Hook>of());
    if (hooks.isEmpty()) {
      return Optional.empty();
    }
    if (Boolean.TRUE.equals(source.scaleToZero())) {
      return Optional.of(
          Reason.INVALID_SPEC.failure(
              "spec.source.volume.hooks and scaleToZero exclude each other: no pod is left to run"
                  + " commands in."));
    }
    var bytes = Json.mapper().valueToTree(hooks).toString().getBytes(StandardCharsets.UTF_8).length;
    return bytes <= HOOK_BYTES
        ? Optional.empty()
        : Optional.of(
            Reason.INVALID_SPEC.failure(
                "spec.source.volume.hooks is "
                    + bytes
                    + " bytes as JSON; at most "
                    + HOOK_BYTES
                    + " fit: put long commands into a script in the image."));
  }

  /** What nothing can scale would read and write on. */
  private static Optional<Failure> unscalable(List<ClaimView> scaled) {
    return scaled.stream()
        .flatMap(
            claim ->
                claim.users().stream()
                    .filter(user -> user.run() == null)
                    .map(user -> unscalable(claim.name(), user)))
        .findFirst()
        .flatMap(ClaimChoice::busy);
  }

  /** What another node reads would not be watched. */
  private static Optional<Failure> readOnNodes(List<ClaimView> scaled) {
    var nodes = nodes(scaled);
    if (nodes.size() < 2) {
      return Optional.empty();
    }
    var homes =
        scaled.stream().flatMap(claim -> Optional.ofNullable(claim.home()).stream()).distinct();
    return homes.count() < 2
        ? busy("Other runs read the claims on several nodes: they are to end first.")
        : unusable(
            "The claims' volumes are on nodes "
                + String.join(", ", nodes.stream().limit(NAMED).toList())
                + (nodes.size() > NAMED ? " and others" : "")
                + ", and with scaleToZero those of one node are read: make a policy for each, or"
                + " let hooks hold the application still.");
  }

  private static String unscalable(String claim, ClaimView.User user) {
    return "Pod "
        + user.pod()
        + " uses claim '"
        + claim
        + "' and belongs to no StatefulSet or Deployment that could be scaled to zero.";
  }

  /** Some drivers make a copy where the volume is: the run may go wherever its pods may. */
  private static List<ClaimView> copied(VolumeSource source, List<ClaimView> claims) {
    return claims.stream()
        .filter(claim -> SnapshotChoice.of(source, claim) instanceof SnapshotChoice.Taken)
        .toList();
  }

  private static Footing.Mount toRead(VolumeSource source, ClaimView claim) {
    return SnapshotChoice.of(source, claim) instanceof SnapshotChoice.Taken(var copy)
        ? Footing.Mount.of(claim.name(), copy)
        : new Footing.Mount(claim.name(), claim.volumeMode(), Access.READ);
  }

  /** What other nodes have is read there, before the run reads what its own has. */
  static Footing spread(Footing footing, List<ClaimView> mounted) {
    var node = footing.node();
    var mounts =
        footing.mounts().stream()
            .map(
                mount ->
                    mounted.stream()
                        .filter(claim -> claim.name().equals(mount.claim()))
                        .flatMap(claim -> nodes(List.of(claim)).stream().limit(1))
                        .filter(other -> !other.equals(node))
                        .findFirst()
                        .map(mount::on)
                        .orElse(mount))
            .toList();
    return mounts.equals(footing.mounts())
        ? footing
        : footing.with(mounts).tolerating(tolerations(mounted, user -> true));
  }

  /** Those that are mounted themselves, and so say where the run goes. */
  private static List<ClaimView> mounted(VolumeSource source, List<ClaimView> claims) {
    return claims.stream()
        .filter(claim -> SnapshotChoice.of(source, claim) instanceof SnapshotChoice.Live)
        .toList();
  }

  /** As whom a copy of files is laid beside what was noted of them. */
  static Identity prover(@Nullable RunAs runAs) {
    return identity(runAs, new Identity.Restorer());
  }

  /**
   * To restore to one.
   *
   * @param target with a claim
   * @param found the claim; null: it is not there
   * @param made what is made where it is not there; null: nothing
   */
  static ClaimChoice toWrite(
      RestoreRequestSpec spec,
      RestoreRequestSpec.VolumeTarget target,
      @Nullable ClaimView found,
      @Nullable ClaimToMake made) {
    var name = Objects.requireNonNull(target.claim());
    var identity = identity(target.runAs(), new Identity.Restorer());
    if (found != null) {
      return toReplace(spec, Boolean.TRUE.equals(target.scaleToZero()), found, identity);
    }
    if (target.create() == null) {
      return new Unavailable(notFound(name));
    }
    if (made == null) {
      return new Unavailable(sizeless(name));
    }
    return selected(spec, name, made.volumeMode())
        .<ClaimChoice>map(Unavailable::new)
        .orElseGet(() -> new Chosen(fresh(spec, made, identity)));
  }

  /** A device is one thing. */
  private static Optional<Failure> selected(
      RestoreRequestSpec spec, String name, VolumeMode volumeMode) {
    return spec.select() != null && volumeMode == VolumeMode.BLOCK
        ? Optional.of(
            Reason.INVALID_SPEC.failure(
                "Claim '"
                    + name
                    + "' is a raw block device (volumeMode: Block): it is restored whole, without"
                    + " select.paths."))
        : Optional.empty();
  }

  /** A plan scales nothing, and is made beside whoever is there. */
  private static ClaimChoice toReplace(
      RestoreRequestSpec spec, boolean scales, ClaimView found, Identity identity) {
    return unwritable(spec, scales, found)
        .or(() -> selected(spec, found.name(), found.volumeMode()))
        .<ClaimChoice>map(Unavailable::new)
        .orElseGet(() -> new Chosen(toReplace(spec, scales, List.of(found), List.of(), identity)));
  }

  /**
   * For claims that can be written to, all on one node.
   *
   * @param read what is looked at beside them
   */
  static Footing toReplace(
      RestoreRequestSpec spec,
      boolean scales,
      List<ClaimView> written,
      List<ClaimView> read,
      Identity identity) {
    var scalesNow = scales && !isPlan(spec);
    return footing(
            Stream.concat(
                    written.stream().map(claim -> mount(spec, claim)),
                    read.stream().map(claim -> new Footing.Mount(claim.name(), Access.READ)))
                .toList(),
            Stream.concat(
                    written.stream().map(claim -> meanwhile(spec, scales, claim)), read.stream())
                .toList(),
            identity)
        .tolerating(tolerations(written, user -> scalesNow))
        .scalingToZero(
            scalesNow ? written.stream().map(ClaimView::name).sorted().toList() : List.of());
  }

  /** As it is while the run is there: a plan scales nothing. */
  static ClaimView meanwhile(RestoreRequestSpec spec, boolean scales, ClaimView found) {
    return scales && !isPlan(spec) ? found.scaledToZero() : found;
  }

  /** Why nothing can be restored to a claim as things stand. */
  static Optional<Failure> unwritable(RestoreRequestSpec spec, boolean scales, ClaimView found) {
    return obstacle(meanwhile(spec, scales, found), "End it first.")
        .or(() -> beingRestored(found))
        .or(() -> inUse(spec, scales ? found.scaledToZero() : found));
  }

  /** A plan must not be the first to use a claim, which would have its volume made. */
  private static Footing.Mount mount(RestoreRequestSpec spec, ClaimView claim) {
    var access = isPlan(spec) && claim.phase() == Phase.PENDING ? Access.STAND_IN : Access.WRITE;
    return new Footing.Mount(claim.name(), claim.volumeMode(), access);
  }

  static boolean isPlan(RestoreRequestSpec spec) {
    return Boolean.TRUE.equals(spec.dryRun());
  }

  /** A plan makes nothing. */
  private static Footing fresh(RestoreRequestSpec spec, ClaimToMake made, Identity identity) {
    var planned = isPlan(spec);
    var access = planned ? Access.STAND_IN : Access.WRITE;
    var mount = new Footing.Mount(made.name(), made.volumeMode(), access);
    return new Footing(List.of(mount), identity, null, List.of(), planned ? null : made, List.of());
  }

  private static Failure sizeless(String name) {
    return Reason.INVALID_SPEC.failure(
        "Claim '"
            + name
            + "' is to be made, but neither the source's claim nor the size of the recovery point"
            + " is known: set target.volume.create.size.");
  }

  private static Identity identity(@Nullable RunAs runAs, Identity otherwise) {
    return runAs == null
        ? otherwise
        : new Identity.Application(
            runAs.user(), runAs.group() == null ? runAs.user() : runAs.group());
  }

  static Footing footing(List<Footing.Mount> mounts, List<ClaimView> claims, Identity identity) {
    return footing(mounts, claims, identity, nodes(claims).stream().findFirst().orElse(null));
  }

  /** On a node that can have some of them; null: on any. */
  static Footing footing(
      List<Footing.Mount> mounts,
      List<ClaimView> claims,
      Identity identity,
      @Nullable String node) {
    return new Footing(
        mounts.stream().sorted(Comparator.comparing(Footing.Mount::claim)).toList(),
        identity,
        node,
        node == null ? List.of() : tolerations(claims, user -> node.equals(user.node())),
        null,
        List.of());
  }

  private static Optional<Failure> missing(ClaimSelection selection, List<ClaimView> claims) {
    var names = selection.names();
    if (names != null) {
      return missing(names, claims);
    }
    if (claims.isEmpty()) {
      return Optional.of(
          Reason.CLAIM_NOT_FOUND.failure(
              "No PersistentVolumeClaim of this namespace has the labels "
                  + selection.matchLabels()
                  + "."));
    }
    return claims.size() <= ClaimSelection.MOST
        ? Optional.empty()
        : unusable(
            "The labels "
                + selection.matchLabels()
                + " select "
                + claims.size()
                + " claims; a policy takes at most "
                + ClaimSelection.MOST
                + ": make several policies.");
  }

  static Optional<Failure> missing(List<String> names, List<ClaimView> claims) {
    return absent(names, claims).findFirst();
  }

  /** All that are not there. */
  static Stream<Failure> absent(List<String> names, List<ClaimView> claims) {
    var there = new HashSet<>(claims.stream().map(ClaimView::name).toList());
    return names.stream().filter(name -> !there.contains(name)).map(ClaimChoice::notFound);
  }

  private static Failure notFound(String name) {
    return Reason.CLAIM_NOT_FOUND.failure(
        "There is no PersistentVolumeClaim '" + name + "' in this namespace.");
  }

  private static Optional<Failure> unreadable(VolumeSource source, ClaimView claim) {
    return unbound(claim).or(() -> unreadableAs(source, claim));
  }

  static Optional<Failure> unbound(ClaimView claim) {
    return claim.phase() == Phase.PENDING
        ? Optional.of(
            Reason.CLAIM_NOT_BOUND.failure(
                "Claim '" + claim.name() + "' is not bound to a volume yet."))
        : Optional.empty();
  }

  private static Optional<Failure> unreadableAs(VolumeSource source, ClaimView claim) {
    return switch (SnapshotChoice.of(source, claim)) {
      case SnapshotChoice.Live live -> obstacle(claim, SHARED).or(() -> tornDevice(claim));
      // The copy is nobody else's.
      case SnapshotChoice.Taken taken -> gone(claim);
      case SnapshotChoice.Unavailable(var failure) -> gone(claim).or(() -> Optional.of(failure));
    };
  }

  /**
   * Of files that change while they are read it is known which; a device is one thing, and all of
   * it would be worth nothing.
   */
  private static Optional<Failure> tornDevice(ClaimView claim) {
    return claim.isDevice()
        ? claim.users().stream()
            .filter(ClaimView.User::mayWrite)
            .findFirst()
            .flatMap(
                user ->
                    busy(
                        "Claim '"
                            + claim.name()
                            + "' is a raw block device (volumeMode: Block) that pod "
                            + user.pod()
                            + " may write to while it is read. Read a snapshot of it (mode:"
                            + " Snapshot), have its pods scaled to zero meanwhile (scaleToZero:"
                            + " true), or end them."))
        : Optional.empty();
  }

  /** A claim that waits for its first pod is nobody's yet: that of a restore binds it. */
  static Optional<Failure> obstacle(ClaimView claim, String besideAnother) {
    return gone(claim).or(() -> ofAnotherPod(claim, besideAnother));
  }

  private static Optional<Failure> gone(ClaimView claim) {
    return switch (claim.phase()) {
      case LOST ->
          unusable("Claim '" + claim.name() + "' has lost its volume: restore to a new claim.");
      case DELETED ->
          busy(
              "Claim '"
                  + claim.name()
                  + "' was deleted and goes when the last pod that uses it has ended.");
      case PENDING, BOUND -> Optional.empty();
    };
  }

  private static Optional<Failure> ofAnotherPod(ClaimView claim, String wayOut) {
    return claim.isOfOnePod() && !claim.users().isEmpty()
        ? busy(
            "Claim '"
                + claim.name()
                + "' is ReadWriteOncePod and in use by pod "
                + claim.users().getFirst().pod()
                + ": no second pod can mount it. "
                + wayOut)
        : Optional.empty();
  }

  /** Where the volumes are that only one node can have. */
  static List<String> nodes(List<ClaimView> claims) {
    return claims.stream().flatMap(ClaimView::nodes).distinct().sorted().toList();
  }

  private static List<JobTemplate.Toleration> tolerations(
      List<ClaimView> claims, Predicate<ClaimView.User> whose) {
    return claims.stream()
        .flatMap(claim -> claim.users().stream())
        .filter(whose)
        .sorted(Comparator.comparing(ClaimView.User::pod))
        .flatMap(user -> user.tolerations().stream())
        .distinct()
        .toList();
  }

  /** Two that write to one volume know nothing of each other. */
  private static Optional<Failure> beingRestored(ClaimView claim) {
    return claim.users().stream()
        .filter(user -> user.run() != null && user.run().purpose() == Purpose.RESTORE)
        .findFirst()
        .flatMap(
            user -> busy("Pod " + user.pod() + " is restoring to claim '" + claim.name() + "'."));
  }

  /** Whoever has a file open sees it change under them, or writes what was just restored. */
  private static Optional<Failure> inUse(RestoreRequestSpec spec, ClaimView claim) {
    var token = "in-use-" + StableHash.of(claim.name()).letters(TOKEN_LENGTH);
    return Defaults.orElse(spec.acknowledge(), List.of()).contains(token)
        ? Optional.empty()
        : users(claim)
            .map(
                pods ->
                    Reason.ACKNOWLEDGEMENT_NEEDED.failure(
                        "Claim '"
                            + claim.name()
                            + "' is in use by pod "
                            + pods
                            + ": let them be scaled down (scaleToZero) or do it, and create the"
                            + " request anew; or accept that they see "
                            + (claim.isDevice() ? "it" : "files")
                            + " change under them."
                            + " Nothing was touched. Token: "
                            + token));
  }

  /** Pods that are none of Salvor's, in words; empty: there are none. */
  private static Optional<String> users(ClaimView claim) {
    var pods =
        claim.users().stream().filter(user -> user.run() == null).map(ClaimView.User::pod).toList();
    return pods.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.join(", ", pods.stream().limit(NAMED).toList())
                + (pods.size() > NAMED ? " and others" : ""));
  }

  /** Who uses a claim that is being restored to, and was not accepted; empty: nobody. */
  static Optional<String> disturbance(RestoreRequestSpec spec, ClaimView claim) {
    return inUse(spec, claim)
        .flatMap(refusal -> users(claim))
        .map(
            pods ->
                "Claim '"
                    + claim.name()
                    + "' was used while it was restored, by pod "
                    + pods
                    + ": what was read or written meanwhile may be mixed with what was restored.");
  }

  static Optional<Failure> busy(String why) {
    return Optional.of(Reason.CLAIM_BUSY.failure(why));
  }

  static Optional<Failure> unusable(String why) {
    return Optional.of(Reason.CLAIM_UNUSABLE.failure(why));
  }
}

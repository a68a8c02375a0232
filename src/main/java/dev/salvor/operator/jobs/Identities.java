package dev.salvor.operator.jobs;

import dev.salvor.api.RunAs;
import dev.salvor.plan.Footing.Identity;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Who the containers of a pod are, in Kubernetes' words (ADR 13). */
final class Identities {
  /** The user that Salvor's image runs as; by number, so that a cluster can see it is not root. */
  static final long USER = 65532;

  /**
   * Opens what is mounted. Not DAC_READ_SEARCH, which opens files of the node by their handles
   * (open_by_handle_at(2)) and is no part of Pod Security level baseline: the mount is read-only.
   */
  private static final List<String> READING = List.of("DAC_OVERRIDE");

  /** What a container has by default, as far as files have to do with it. All of level baseline. */
  private static final List<String> RESTORING =
      List.of("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "MKNOD", "SETFCAP");

  /**
   * To become Salvor's own user, which keeps the other capabilities. Both are gone when the worker
   * starts.
   */
  private static final List<String> BECOMING = List.of("SETGID", "SETUID");

  private Identities() {}

  static PodSecurityContext ofPod(Identity identity) {
    var context =
        new PodSecurityContextBuilder()
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile();
    return switch (identity) {
      // A new volume of most drivers is root's: only through its group can the worker write to a
      // store on it. The kubelet looks at the top folder alone, and is done when that is our
      // group's already.
      case Identity.Salvor() ->
          context
              .withRunAsNonRoot(true)
              .withRunAsUser(USER)
              .withRunAsGroup(USER)
              .withFsGroup(USER)
              .withFsGroupChangePolicy("OnRootMismatch")
              .build();
      // None of these has an fsGroup: the kubelet would change the files of a claim for it.
      case Identity.Reader(), Identity.Restorer() ->
          context.withRunAsUser(0L).withRunAsGroup(0L).build();
      case Identity.Application(var user, var group) ->
          context.withRunAsNonRoot(true).withRunAsUser(user).withRunAsGroup(group).build();
    };
  }

  static SecurityContext ofContainer(Identity identity) {
    return withCapabilities(capabilities(identity));
  }

  /** Of a worker that {@link #becomingSalvor} starts. */
  static SecurityContext beforeBecomingSalvor(Identity identity) {
    return withCapabilities(
        Stream.concat(capabilities(identity).stream(), BECOMING.stream()).toList());
  }

  /**
   * What a store on a claim holds belongs to Salvor's own user, whoever wrote it: the next run that
   * reads or prunes it may be of a Postgres policy, and has no capability. A cluster cannot give
   * capabilities to a user that is not root; setpriv(1) can.
   *
   * @return what comes before the worker's own command; empty: nothing has to
   */
  static List<String> becomingSalvor(Identity identity) {
    var capabilities = capabilities(identity);
    if (capabilities.isEmpty()) {
      return List.of();
    }
    var kept =
        capabilities.stream()
            .map(name -> "+" + name.toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(",", "-all,", ""));
    return List.of(
        "setpriv",
        "--reuid=" + USER,
        "--regid=" + USER,
        "--clear-groups",
        "--inh-caps=" + kept,
        "--ambient-caps=" + kept,
        "--");
  }

  private static SecurityContext withCapabilities(List<String> capabilities) {
    return new SecurityContextBuilder()
        .withAllowPrivilegeEscalation(false)
        .withPrivileged(false)
        .withReadOnlyRootFilesystem(true)
        .withNewCapabilities()
        .withAdd(capabilities)
        .withDrop("ALL")
        .endCapabilities()
        .build();
  }

  /** Of the throw-away server: no proof of files makes it root, which no PostgreSQL is. */
  static SecurityContext ofServer(Identity identity) {
    return identity instanceof Identity.Salvor ? ofContainer(identity) : ofCheck(identity, null);
  }

  /**
   * Of a program of the user, which has no right but those of its user: the one that is stated, the
   * application's where the pod is that, else Salvor's.
   */
  static SecurityContext ofCheck(Identity identity, @Nullable RunAs stated) {
    var other =
        identity instanceof Identity.Application(var user, var group)
            ? new RunAs(user, group)
            : new RunAs(USER, USER);
    var runAs = stated == null ? other : stated;
    return new SecurityContextBuilder(ofContainer(new Identity.Salvor()))
        .withRunAsNonRoot(true)
        .withRunAsUser(runAs.user())
        .withRunAsGroup(runAs.group() == null ? runAs.user() : runAs.group())
        .build();
  }

  private static List<String> capabilities(Identity identity) {
    return switch (identity) {
      case Identity.Salvor salvor -> List.of();
      case Identity.Application application -> List.of();
      case Identity.Reader() -> READING;
      case Identity.Restorer() -> RESTORING;
    };
  }

  /** Of the files of a Secret. */
  static int secretMode(Identity identity) {
    return switch (identity) {
      case Identity.Salvor(), Identity.Reader(), Identity.Restorer() -> Mounted.GROUP_READABLE;
      case Identity.Application application -> Mounted.ALL_READABLE;
    };
  }
}

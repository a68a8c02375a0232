package dev.salvor.cli.source;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which host a command speaks to. Pure. */
public sealed interface SourceChoice {
  /** A state folder of the one-machine host. */
  record Folder(Path path) implements SourceChoice {}

  /**
   * A cluster.
   *
   * @param kubeconfig null: as kubectl finds it, or this pod's own service account
   * @param context null: the current one
   */
  record Cluster(@Nullable Path kubeconfig, @Nullable String context) implements SourceChoice {}

  /** It cannot be said which. */
  record Neither(String message) implements SourceChoice {}

  /** What the command line says. */
  record Asked(@Nullable Path state, @Nullable Path kubeconfig, @Nullable String context) {}

  /** What the machine shows. */
  enum Sign {
    /** The command was called as {@code kubectl salvor}. */
    CALLED_BY_KUBECTL,
    /** The default state folder is there. */
    DEFAULT_STATE_FOLDER,
    /** There is a kubeconfig, or the service account of a pod. */
    CLUSTER_CONFIGURATION
  }

  /**
   * What the environment says.
   *
   * @param state SALVOR_STATE
   * @param defaultState where a state folder is if nobody says otherwise
   */
  record Surroundings(@Nullable Path state, Path defaultState, Set<Sign> signs) {}

  /**
   * What was asked for goes before what is found, and a state folder before a cluster: whoever has
   * both on one machine has the folder for a reason, and a kubeconfig for many.
   */
  static SourceChoice of(Asked asked, Surroundings around) {
    var cluster = asked.kubeconfig() != null || asked.context() != null;
    if (asked.state() != null && cluster) {
      return new Neither("--state is for one machine, --kubeconfig and --context for a cluster");
    }
    if (asked.state() != null) {
      return new Folder(asked.state());
    }
    if (cluster || around.signs().contains(Sign.CALLED_BY_KUBECTL)) {
      return new Cluster(asked.kubeconfig(), asked.context());
    }
    if (around.state() != null) {
      return new Folder(around.state());
    }
    if (around.signs().contains(Sign.DEFAULT_STATE_FOLDER)) {
      return new Folder(around.defaultState());
    }
    if (around.signs().contains(Sign.CLUSTER_CONFIGURATION)) {
      return new Cluster(null, null);
    }
    return new Neither(
        "neither a state folder nor a cluster is here. One machine: name the state folder of"
            + " 'salvor local' by --state or SALVOR_STATE (there is none in "
            + around.defaultState()
            + "); 'salvor init DIR' writes a first policy. A cluster: name its kubeconfig by"
            + " --kubeconfig or KUBECONFIG");
  }
}

package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import dev.salvor.operator.jobs.JobLabels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The logs of runs: each run is a Job with at most one pod, whose containers work in turn; where
 * other nodes read for it, their pods come before it.
 */
final class PodLogs {
  private static final String OF_JOB = "batch.kubernetes.io/job-name";

  /** Lines among which the newest progress is looked for; a worker writes one each second. */
  private static final int TAIL = 20;

  private static final int LOOK_MILLIS = 1_000;

  private static final Comparator<JsonNode> AGE =
      Comparator.comparing(object -> object.at("/metadata/creationTimestamp").asText());

  private final ClusterApi api;
  private final String namespace;

  PodLogs(ClusterApi api, String namespace) {
    this.api = api;
    this.namespace = namespace;
  }

  /** The last lines of the container that works now, or worked last. */
  List<String> newest(String run) {
    var lines = new ArrayList<String>();
    pods(run).stream()
        .reduce((earlier, later) -> later)
        .ifPresent(
            pod ->
                started(pod).stream()
                    .reduce((earlier, later) -> later)
                    .ifPresent(
                        container -> api.lines(log(container, "&tailLines=" + TAIL), lines::add)));
    return lines;
  }

  /** The Job of this policy that was made last. */
  Optional<String> newestRun(String policyUid) {
    return api.get(Call.list(Call.BATCH, "jobs", namespace).where(JobLabels.POLICY, policyUid))
        .path("items")
        .valueStream()
        .filter(job -> job.at("/metadata/annotations").path(JobLabels.LEG_OF).isMissingNode())
        .max(AGE)
        .map(job -> job.at("/metadata/name").asText());
  }

  /**
   * Hands over the log of a run.
   *
   * @return false if there is no such run
   */
  boolean print(String run, Resources.Following following, Consumer<String> lines) {
    var pods = pods(run);
    if (pods.isEmpty() && !isRun(run)) {
      return false;
    }
    switch (following) {
      case NOTHING_MORE -> now(run, pods, lines);
      case UNTIL_THE_END -> follow(run, lines);
    }
    return true;
  }

  private void now(String run, List<JsonNode> pods, Consumer<String> lines) {
    var started = pods.stream().flatMap(pod -> started(pod).stream()).toList();
    if (started.isEmpty()) {
      throw new CommandFailed(
          Exit.NO_INPUT,
          "run '"
              + run
              + "' has no log yet: "
              + pods.stream()
                  .findFirst()
                  .map(PodContainers::whyNotStarted)
                  .orElse("its Job has no pod; it waits its turn, or the pod is refused")
              + ". -f waits for it");
    }
    started.forEach(container -> api.lines(log(container, ""), lines));
  }

  /** Each container in turn, until the run's own pod has ended or is gone. */
  private void follow(String run, Consumer<String> lines) {
    var read = new ArrayList<Started>();
    var pause = new Semaphore(0);
    try {
      while (true) {
        var pods = pods(run);
        if (pods.isEmpty() && !isRun(run)) {
          return;
        }
        for (var pod : pods) {
          for (var container : started(pod)) {
            if (!read.contains(container)) {
              api.lines(log(container, "&follow=true"), lines);
              read.add(container);
            }
          }
        }
        if (pods.stream().anyMatch(pod -> !isOfLeg(pod) && PodContainers.hasEnded(pod))
            || pause.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isRun(String name) {
    return api.find(Call.get(Call.BATCH, "jobs", namespace, name)).isPresent();
  }

  /** Those of other nodes that read for it, and its own newest. */
  private List<JsonNode> pods(String run) {
    return Stream.concat(
            pods(JobLabels.LEG_OF, run).sorted(AGE), pods(OF_JOB, run).max(AGE).stream())
        .toList();
  }

  private Stream<JsonNode> pods(String label, String value) {
    return api.get(Call.list(Call.CORE, "pods", namespace).where(label, value))
        .path("items")
        .valueStream();
  }

  private static boolean isOfLeg(JsonNode pod) {
    return !pod.at("/metadata/labels").path(JobLabels.LEG_OF).isMissingNode();
  }

  /** A container that has begun. */
  private record Started(String pod, String container) {}

  private static List<Started> started(JsonNode pod) {
    return PodContainers.of(pod).stream()
        .filter(container -> container.state() != PodContainers.State.WAITING)
        .map(container -> new Started(pod.at("/metadata/name").asText(), container.name()))
        .toList();
  }

  private Call log(Started container, String more) {
    return Call.log(namespace, container.pod(), container.container(), more);
  }
}

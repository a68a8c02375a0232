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

/** The logs of runs: each run is a Job with at most one pod, whose containers work in turn. */
final class PodLogs {
  private static final String OF_JOB = "batch.kubernetes.io/job-name";

  /** Lines among which the newest progress is looked for; a worker writes one each second. */
  private static final int TAIL = 20;

  private static final int LOOK_MILLIS = 1_000;

  private final ClusterApi api;
  private final String namespace;

  PodLogs(ClusterApi api, String namespace) {
    this.api = api;
    this.namespace = namespace;
  }

  /** The last lines of the container that works now, or worked last. */
  List<String> newest(String run) {
    var lines = new ArrayList<String>();
    pod(run)
        .ifPresent(
            pod ->
                PodContainers.of(pod).stream()
                    .filter(container -> container.state() != PodContainers.State.WAITING)
                    .reduce((earlier, later) -> later)
                    .ifPresent(
                        container ->
                            api.lines(log(pod, container, "&tailLines=" + TAIL), lines::add)));
    return lines;
  }

  /** The Job of this policy that was made last. */
  Optional<String> newestRun(String policyUid) {
    return api.get(Call.list(Call.BATCH, "jobs", namespace).where(JobLabels.POLICY, policyUid))
        .path("items")
        .valueStream()
        .max(Comparator.comparing(job -> job.at("/metadata/creationTimestamp").asText()))
        .map(job -> job.at("/metadata/name").asText());
  }

  /**
   * Hands over the log of a run.
   *
   * @return false if there is no such run
   */
  boolean print(String run, Resources.Following following, Consumer<String> lines) {
    var pod = pod(run);
    if (pod.isEmpty() && !isRun(run)) {
      return false;
    }
    switch (following) {
      case NOTHING_MORE -> now(run, pod, lines);
      case UNTIL_THE_END -> follow(run, lines);
    }
    return true;
  }

  private void now(String run, Optional<JsonNode> pod, Consumer<String> lines) {
    var started =
        pod.stream()
            .flatMap(found -> PodContainers.of(found).stream())
            .filter(container -> container.state() != PodContainers.State.WAITING)
            .toList();
    if (started.isEmpty()) {
      throw new CommandFailed(
          Exit.NO_INPUT,
          "run '"
              + run
              + "' has no log yet: "
              + pod.map(PodContainers::whyNotStarted)
                  .orElse("its Job has no pod; it waits its turn, or the pod is refused")
              + ". -f waits for it");
    }
    started.forEach(container -> api.lines(log(pod.orElseThrow(), container, ""), lines));
  }

  /** Each container in turn, until the pod has ended or is gone. */
  private void follow(String run, Consumer<String> lines) {
    var read = new ArrayList<String>();
    var pause = new Semaphore(0);
    try {
      while (true) {
        var pod = pod(run);
        if (pod.isEmpty() && !isRun(run)) {
          return;
        }
        for (var container : pod.map(PodContainers::of).orElse(List.of())) {
          if (container.state() != PodContainers.State.WAITING
              && !read.contains(container.name())) {
            api.lines(log(pod.orElseThrow(), container, "&follow=true"), lines);
            read.add(container.name());
          }
        }
        if (pod.map(PodContainers::hasEnded).orElse(false)
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

  private Optional<JsonNode> pod(String run) {
    return api.get(Call.list(Call.CORE, "pods", namespace).where(OF_JOB, run))
        .path("items")
        .valueStream()
        .max(Comparator.comparing(pod -> pod.at("/metadata/creationTimestamp").asText()));
  }

  private Call log(JsonNode pod, PodContainers container, String more) {
    return Call.log(namespace, pod.at("/metadata/name").asText(), container.name(), more);
  }
}

package dev.salvor.local;

import dev.salvor.api.Failure;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.local.state.StoredResource;
import dev.salvor.plan.Conditions;
import dev.salvor.plan.RunView;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Collects what went wrong while a host ran, for its exit code. */
final class OutcomeTally {
  private final Map<String, String> failedRuns = new TreeMap<>();
  private final Set<String> seen = new HashSet<>();
  private final Set<ResourceKey> stalledBefore;

  OutcomeTally(Collection<StoredResource> before) {
    stalledBefore =
        before.stream()
            .filter(OutcomeTally::isStalled)
            .map(StoredResource::key)
            .collect(Collectors.toSet());
  }

  /** Takes note of the runs that have ended. */
  void note(List<RunView> runs) {
    for (var run : runs) {
      if (run.hasEnded() && seen.add(run.labels().name())) {
        problem(run).ifPresent(problem -> failedRuns.put(run.labels().name(), problem));
      }
    }
  }

  /**
   * What is left behind.
   *
   * @param stillDown containers that should run and do not, in words
   */
  Outcome outcome(Collection<StoredResource> after, List<String> stillDown) {
    var failures = new ArrayList<>(stillDown);
    failedRuns.forEach((run, problem) -> failures.add("run " + run + ": " + problem));
    after.stream()
        .filter(OutcomeTally::isStalled)
        // A request that failed in an earlier session was told then.
        .filter(
            resource ->
                !Reconciliation.isRequest(resource.key())
                    || !stalledBefore.contains(resource.key()))
        .forEach(resource -> failures.add(resource.key() + ": " + message(resource)));
    after.stream()
        .filter(resource -> resource.key().kind().equals("BackupPolicy"))
        .forEach(
            policy -> waiting(policy).ifPresent(what -> failures.add(policy.key() + ": " + what)));
    return new Outcome(failures);
  }

  private static Optional<String> problem(RunView run) {
    var compared = run.result(TaskResult.Compared.class);
    if (compared.isPresent() && compared.get().outcome() != VerdictOutcome.VERIFIED) {
      return Optional.of(compared.get().outcome() + " " + compared.get().message());
    }
    if (run.foundNoRepository()) {
      return Optional.empty();
    }
    var succeeded =
        run.lastReport()
            .filter(report -> report.outcome() == TaskReport.Outcome.SUCCEEDED)
            .isPresent();
    return succeeded && run.failure().isEmpty()
        ? Optional.empty()
        : Optional.of(run.failure().map(Failure::message).orElse("not complete"));
  }

  private static boolean isStalled(StoredResource resource) {
    return stalled(resource).isPresent();
  }

  private static String message(StoredResource resource) {
    return stalled(resource).orElse("");
  }

  private static Optional<String> stalled(StoredResource resource) {
    return message(resource, Conditions.STALLED, Conditions.Value.TRUE);
  }

  /**
   * What keeps a policy's backups from being started, such as a Docker that does not answer: no run
   * fails for it, and who starts this host by a timer would not be told.
   */
  private static Optional<String> waiting(StoredResource policy) {
    return message(policy, Conditions.RECONCILING, Conditions.Value.TRUE);
  }

  private static Optional<String> message(
      StoredResource resource, String type, Conditions.Value value) {
    return resource
        .status()
        .path("conditions")
        .valueStream()
        .filter(condition -> condition.path("type").asText().equals(type))
        .filter(condition -> condition.path("status").asText().equals(value.text()))
        .map(condition -> condition.path("message").asText())
        .findFirst();
  }
}

package dev.salvor.cli.source;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;

/**
 * A container that carries out a task of a run. Pure.
 *
 * @param name of the container
 */
record PodContainers(String name, State state) {
  /** Whether there is something to read. */
  enum State {
    WAITING,
    RUNNING,
    ENDED
  }

  /** In the order in which they work. A sidecar serves them and reports nothing. */
  static List<PodContainers> of(JsonNode pod) {
    return Stream.concat(
            pod.at("/spec/initContainers")
                .valueStream()
                .filter(container -> !container.path("restartPolicy").asText().equals("Always")),
            pod.at("/spec/containers").valueStream())
        .map(container -> container.path("name").asText())
        .map(name -> new PodContainers(name, state(status(pod, name).path("state"))))
        .toList();
  }

  static boolean hasEnded(JsonNode pod) {
    return List.of("Succeeded", "Failed").contains(pod.at("/status/phase").asText());
  }

  /** The container's own reason, such as ImagePullBackOff, else the scheduler's. */
  static String whyNotStarted(JsonNode pod) {
    return Stream.concat(statuses(pod), pod.at("/status/conditions").valueStream())
        .map(
            found ->
                found.at("/state/waiting").isObject()
                    ? said(found.at("/state/waiting"))
                    : found.path("status").asText().equals("False") ? said(found) : "")
        .filter(text -> !text.isEmpty())
        .findFirst()
        .orElse("its pod is " + pod.at("/status/phase").asText("Pending"));
  }

  private static String said(JsonNode state) {
    var message = state.path("message").asText();
    return state.path("reason").asText() + (message.isEmpty() ? "" : ": " + message);
  }

  private static State state(JsonNode state) {
    if (state.has("terminated")) {
      return State.ENDED;
    }
    return state.has("running") ? State.RUNNING : State.WAITING;
  }

  private static JsonNode status(JsonNode pod, String name) {
    return statuses(pod)
        .filter(status -> status.path("name").asText().equals(name))
        .findFirst()
        .orElse(pod.path("none"));
  }

  private static Stream<JsonNode> statuses(JsonNode pod) {
    return Stream.concat(
        pod.at("/status/initContainerStatuses").valueStream(),
        pod.at("/status/containerStatuses").valueStream());
  }
}

package dev.salvor.cli.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.cli.source.PodContainers.State;
import org.junit.jupiter.api.Test;

class PodContainersTest {
  @Test
  void containersAreReadInTheOrderOfTheirWorkAndTheServerBesideThemIsNot() {
    var pod =
        pod(
            """
            spec:
              initContainers: [{name: fetch}, {name: server, restartPolicy: Always}]
              containers: [{name: compare}]
            status:
              phase: Pending
              initContainerStatuses:
              - {name: fetch, state: {terminated: {exitCode: 0}}}
              - {name: server, state: {running: {}}}
              containerStatuses:
              - {name: compare, state: {waiting: {reason: PodInitializing}}}
            """);

    assertThat(PodContainers.of(pod))
        .containsExactly(
            new PodContainers("fetch", State.ENDED), new PodContainers("compare", State.WAITING));
    assertThat(PodContainers.hasEnded(pod)).isFalse();
  }

  @Test
  void aPodWithoutStatusHasStartedNothing() {
    var pod = pod("{spec: {containers: [{name: worker}]}}");

    assertThat(PodContainers.of(pod)).containsExactly(new PodContainers("worker", State.WAITING));
    assertThat(PodContainers.whyNotStarted(pod)).isEqualTo("its pod is Pending");
  }

  @Test
  void theContainersReasonGoesBeforeThePods() {
    var pod =
        pod(
            """
            status:
              phase: Pending
              conditions: [{type: Ready, status: "False", reason: ContainersNotReady}]
              containerStatuses:
              - {name: worker, state: {waiting: {reason: ImagePullBackOff, message: no such image}}}
            """);

    assertThat(PodContainers.whyNotStarted(pod)).isEqualTo("ImagePullBackOff: no such image");
  }

  @Test
  void theSchedulersReasonIsSaid() {
    var pod =
        pod(
            """
            status:
              phase: Pending
              conditions:
              - {type: PodScheduled, status: "False", reason: Unschedulable, message: 0/1 nodes}
            """);

    assertThat(PodContainers.whyNotStarted(pod)).isEqualTo("Unschedulable: 0/1 nodes");
  }

  private static JsonNode pod(String yaml) {
    try {
      return Json.yaml().readTree(yaml);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}

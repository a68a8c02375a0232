package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.operator.jobs.JobLabels;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SealingTest {
  @Test
  void aVerificationIsSealedOnceItsDataIsThere() {
    assertThat(Sealing.isToBeSealed(pod("verify", 0))).isTrue();
    assertThat(Sealing.isToBeSealed(pod("verify", null))).isFalse();
    assertThat(Sealing.isToBeSealed(pod("verify", 1))).isFalse();
    assertThat(Sealing.isToBeSealed(pod("restore", 0))).isFalse();
  }

  @Test
  void whatIsSealedIsNotSealedAgain() {
    var sealed = pod("verify", 0);
    sealed.getMetadata().getLabels().put(Sealing.SEALED, "true");

    assertThat(Sealing.isToBeSealed(sealed)).isFalse();
  }

  @Test
  void aPodThatHasNotBegunIsNotSealed() {
    var waiting =
        new PodBuilder()
            .withNewMetadata()
            .addToLabels(JobLabels.MANAGED, "verify")
            .endMetadata()
            .build();

    assertThat(Sealing.isToBeSealed(waiting)).isFalse();
  }

  /** Another init container that ended is not the one that fetches. */
  private static Pod pod(String purpose, @Nullable Integer exitCode) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .addToLabels(JobLabels.MANAGED, purpose)
            .endMetadata()
            .withNewStatus()
            .addNewInitContainerStatus()
            .withName("other")
            .withNewState()
            .withNewTerminated()
            .withExitCode(0)
            .endTerminated()
            .endState()
            .endInitContainerStatus();
    var fetch = pod.addNewInitContainerStatus().withName("fetch");
    return exitCode == null
        ? fetch
            .withNewState()
            .withNewRunning()
            .endRunning()
            .endState()
            .endInitContainerStatus()
            .endStatus()
            .build()
        : fetch
            .withNewState()
            .withNewTerminated()
            .withExitCode(exitCode)
            .endTerminated()
            .endState()
            .endInitContainerStatus()
            .endStatus()
            .build();
  }
}

package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InterruptionTest {
  /** A deadline that passes as the run ends must not cut its report in half. */
  @Test
  void whoComesLateDisturbsNobody() {
    var interruption = new Interruption();
    interruption.interrupt();
    assertThat(Thread.currentThread().isInterrupted()).isTrue();

    interruption.end();
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    interruption.interrupt();

    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }
}

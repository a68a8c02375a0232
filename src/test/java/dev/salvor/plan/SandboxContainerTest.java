package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.plan.SandboxContainer.Access;
import dev.salvor.plan.SandboxContainer.Image;
import dev.salvor.plan.SandboxContainer.Mount;
import dev.salvor.plan.SandboxContainer.Owner;
import dev.salvor.task.SandboxScript;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What Docker is told of the container that a copy is restored into. */
class SandboxContainerTest {
  private static SandboxContainer of(String state, Retries.@Nullable Memory memory) {
    return SandboxContainer.of(
        new Owner(state, "shop-db-verify-abc"),
        new Image("sha256:1f", List.of("/var/lib/postgresql/data/", "/tmp/")),
        "/var/lib/salvor/runs/shop-db-verify-abc/sandbox",
        2_000_000_123,
        memory);
  }

  /** Neither dumps nor roles: those of Fetch lie in the folder itself. */
  @Test
  void itSeesWhatAServerNeedsAndNothingElse() {
    var sandbox = "/var/lib/salvor/runs/shop-db-verify-abc/sandbox/";
    var container = of("one", null);
    assertThat(container.mounts())
        .containsExactlyInAnyOrder(
            new Mount(sandbox + "data", "/sandbox/data", Access.WRITE),
            new Mount(sandbox + "server", "/sandbox/server", Access.WRITE),
            new Mount(sandbox + "socket", "/sandbox/socket", Access.WRITE),
            new Mount(sandbox + "passwd", "/etc/passwd", Access.READ));
    assertThat(container.environment())
        .isEqualTo(Map.of("SALVOR_SANDBOX", "/sandbox", "LD_PRELOAD", ""));
    assertThat(container.user()).isEqualTo("2000000123:2000000123");
    assertThat(container.entrypoint()).containsExactly("/bin/sh");
    assertThat(container.arguments()).containsExactly("-c", SandboxScript.command().getLast());
  }

  /** Else each of them would become a volume without a name. */
  @Test
  void everyVolumeOfTheImageIsCovered() {
    assertThat(of("one", null).temporary())
        .containsOnlyKeys("/var/lib/postgresql/data", "/tmp")
        .containsEntry("/tmp", 64L << 20);
  }

  @Test
  void whoseItIsStandsOnIt() {
    assertThat(of("one", null).labels())
        .isEqualTo(Map.of("salvor.dev/state", "one", "salvor.dev/run", "shop-db-verify-abc"));
    assertThat(of("one", null).name())
        .startsWith("salvor-shop-db-verify-abc-")
        .isEqualTo(of("one", null).name())
        .isNotEqualTo(of("other", null).name());
  }

  @Test
  void anAttemptAfterAShortageGetsTwiceTheMemory() {
    assertThat(of("one", Retries.Memory.AS_SPECIFIED).memoryBytes()).isEqualTo(1L << 30);
    assertThat(of("one", Retries.Memory.DOUBLED).memoryBytes()).isEqualTo(2L << 30);
  }
}

package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.plan.OwnMounts.Mount;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a machine has what one of its containers sees. */
class OwnMountsTest {
  private static final OwnMounts OWN =
      new OwnMounts(
          List.of(
              mount("/var/lib", "/srv/lib"),
              mount("/var/lib/salvor", "/srv/salvor/state"),
              mount("/var/lib/salvor/memory", null),
              mount("/mnt/", "/mnt/"),
              mount("/data", "/docker/volumes/data/_data")));

  private static Mount mount(String destination, @Nullable String source) {
    return new Mount(destination, source);
  }

  @ParameterizedTest
  @CsvSource({
    "/var/lib/salvor/runs/one/sandbox, /srv/salvor/state/runs/one/sandbox",
    "/var/lib/salvor, /srv/salvor/state",
    "/var/lib/salvor-other/runs, /srv/lib/salvor-other/runs",
    "/mnt/disk/state/runs, /mnt/disk/state/runs",
    "/data/runs, /docker/volumes/data/_data/runs",
    // In memory, though something larger around it is not.
    "/var/lib/salvor/memory/runs, ",
    // In the container's own layer.
    "/srv/salvor/state/runs, ",
    "/, "
  })
  void theNearestMountCounts(String folder, @Nullable String machine) {
    assertThat(OWN.onTheMachine(folder).orElse(null)).isEqualTo(machine);
  }

  /** As one that mounts all of the machine. */
  @ParameterizedTest
  @CsvSource({"/host/srv/state, /srv/state", "/host/srv, /srv"})
  void theRootOfTheMachineIsAMountToo(String folder, String machine) {
    var own = new OwnMounts(List.of(mount("/host", "/")));
    assertThat(own.onTheMachine(folder)).contains(machine);
  }
}

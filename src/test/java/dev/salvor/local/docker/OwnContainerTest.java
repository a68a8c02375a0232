package dev.salvor.local.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which container a process is in, by what proc_pid_mountinfo(5) says. */
class OwnContainerTest {
  private static final String ID =
      "4f9d2c1b0a9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c8b7a6f5e4d3c";

  @Test
  void dockerMountsAContainersOwnFilesIntoIt() {
    assertThat(
            OwnContainer.in(
                List.of(
                    "612 586 0:52 / / rw,relatime master:301 - overlay overlay rw",
                    "640 612 8:1 /var/lib/docker/containers/"
                        + ID
                        + "/hostname /etc/hostname rw,relatime - ext4 /dev/sda1 rw")))
        .contains(ID);
  }

  /** The daemon's own machine sees these files too, and is in no container for it. */
  @Test
  void aMachineIsNone() {
    assertThat(
            OwnContainer.in(
                List.of(
                    "29 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
                    "640 29 8:1 /var/lib/docker/containers/"
                        + ID
                        + "/hostname /mnt/x rw - ext4 x rw",
                    "641 29 8:1 /srv/containers/web/hosts /etc/hosts rw - ext4 /dev/sda1 rw")))
        .isEmpty();
  }
}

package dev.salvor.local.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Lines of mountinfo as engines leave them. */
class OwnContainerTest {
  private static final String ID = "0a1b2c3d".repeat(8);

  static Stream<Arguments> mounts() {
    return Stream.of(
        Arguments.of(
            "642 630 0:5 /var/lib/docker/containers/%s/hostname /etc/hostname rw - ext4 /dev/a rw",
            ID),
        Arguments.of(
            "642 630 0:5 /docker/containers/%s/resolv.conf /etc/resolv.conf rw - ext4 /dev/a rw",
            ID),
        Arguments.of(
            "642 630 0:5 /overlay-containers/%s/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw", ID),
        Arguments.of("1 0 8:1 / / rw - ext4 /dev/a rw", null),
        Arguments.of(
            "642 630 0:5 /var/lib/docker/containers/%s/mounts/shm /dev/shm rw - tmpfs shm rw",
            null),
        Arguments.of("642 630 0:5 /pods/of/kubelet/etc-hosts /etc/hosts rw - ext4 /dev/a rw", null),
        // Somebody else's, looked at by a container that was given the folder of all of them.
        Arguments.of(
            "642 630 0:5 /var/lib/docker/containers/%s/hostname /srv/hostname rw - ext4 /dev/a rw",
            null));
  }

  @ParameterizedTest
  @CsvSource({
    "'         0          0 4294967295\n', true",
    "'         0     100000      65536\n', false",
    "'         0          0      65536\n', false",
    "'', false"
  })
  void itsUsersAreTheMachinesWhereAllOfThemAre(String map, boolean all) {
    assertThat(OwnContainer.hasAllUsers(map)).isEqualTo(all);
  }

  @ParameterizedTest
  @MethodSource("mounts")
  void itIsKnownByTheFilesThatTheEngineMounts(String line, @Nullable String id) {
    var mounts = "1 0 8:1 / / rw - ext4 /dev/a rw\n" + line.formatted(ID) + "\n";

    assertThat(OwnContainer.id(mounts).orElse(null)).isEqualTo(id);
  }
}

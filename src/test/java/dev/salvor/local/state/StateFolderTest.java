package dev.salvor.local.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFolderTest {
  @TempDir private Path temporary;

  @Test
  void isMadeForItsOwnerAlone() throws IOException {
    try (var state = StateFolder.host(temporary.resolve("state"))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(state.root())))
          .isEqualTo("rwx------");
    }
  }

  @Test
  void keepsItsIdentity() {
    String first;
    try (var state = StateFolder.host(temporary.resolve("state"))) {
      first = state.clusterId();
    }

    try (var state = StateFolder.host(temporary.resolve("state"))) {
      assertThat(state.clusterId()).isEqualTo(first).hasSize(36);
    }
  }

  @Test
  void hasOneHostAtATime() {
    try (var state = StateFolder.host(temporary.resolve("state"))) {
      assertThatThrownBy(() -> StateFolder.host(state.root()))
          .isInstanceOf(StateFolder.InUseException.class);
    }
  }

  /** That two processes see each other's is shown with real hosts ({@code OneMachineIT}). */
  @Test
  void saysWhetherItHasAHost() {
    try (var state = StateFolder.host(temporary.resolve("state"))) {
      assertThat(StateFolder.visit(state.root()).hasHost()).isTrue();
      assertThatThrownBy(() -> StateFolder.host(state.root()))
          .isInstanceOf(StateFolder.InUseException.class);
      assertThat(StateFolder.visit(state.root()).hasHost()).as("whoever was refused").isTrue();
    }
    var visitor = StateFolder.visit(temporary.resolve("state"));
    assertThat(visitor.hasHost()).isFalse();
    StateFolder.host(temporary.resolve("state")).close();
    assertThat(visitor.hasHost()).as("nor does one stay for being asked about").isFalse();
  }

  @Test
  void isNoFolderThatHoldsSomethingElse() throws IOException {
    Files.writeString(temporary.resolve("letter"), "of somebody");
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThatThrownBy(() -> StateFolder.host(temporary))
        .isInstanceOf(StateFolder.UnusableException.class)
        .hasMessageContaining("neither empty nor a state folder");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)))
        .as("it is left as it was")
        .isEqualTo("rwxr-xr-x");
  }

  @Test
  void isNotReadInAFormatThatIsNotKnown() throws IOException {
    var folder = temporary.resolve("state");
    StateFolder.host(folder).close();
    Files.writeString(folder.resolve("format"), "2\n");

    assertThatThrownBy(() -> StateFolder.host(folder))
        .isInstanceOf(StateFolder.UnusableException.class);
    assertThatThrownBy(() -> StateFolder.visit(folder))
        .isInstanceOf(StateFolder.UnusableException.class);
  }

  @Test
  void losesWhatWasHalfWritten() throws IOException {
    var folder = temporary.resolve("state");
    StateFolder.host(folder).close();
    var rubbish = Files.createDirectories(folder.resolve("runs/.some-run.1234.tmp/scratch"));
    Files.writeString(rubbish.resolve("half"), "");

    StateFolder.host(folder).close();

    assertThat(folder.resolve("runs")).isEmptyDirectory();
  }

  @Test
  void namesOfFilesNeverLeaveTheirFolder() {
    assertThat(FileNames.encode("../../etc/passwd")).isEqualTo("%2E.%2F..%2Fetc%2Fpasswd");
    assertThat(FileNames.encode("shop/db:x")).isNotEqualTo(FileNames.encode("shop:db/x"));
  }
}

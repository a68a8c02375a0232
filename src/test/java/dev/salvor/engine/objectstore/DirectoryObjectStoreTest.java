package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryObjectStoreTest extends ObjectStoreContract {
  @TempDir Path folder;

  @Override
  ObjectStore store() {
    return new DirectoryObjectStore(folder);
  }

  @Test
  void anUnmountedVolumeIsUnreachable() {
    var store = new DirectoryObjectStore(folder.resolve("not-mounted"));

    assertThat(fails(() -> store.get("a")).reason()).isEqualTo(Reason.STORE_UNREACHABLE);
    assertThat(fails(() -> store.list("", 1)).reason()).isEqualTo(Reason.STORE_UNREACHABLE);
    assertThat(fails(() -> store.put("a", new byte[1])).reason())
        .isEqualTo(Reason.STORE_UNREACHABLE);
    assertThat(folder.resolve("not-mounted")).doesNotExist();
  }
}

package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Manifest;
import dev.salvor.task.Owner;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the parts of a point lie in the sandbox folder; a manifest comes from a store. */
class SandboxPointTest {
  private static final Path FOLDER = Path.of("/sandbox");
  private static final Instant TIME = Instant.parse("2026-11-22T02:00:00Z");

  private static Manifest.Part part(String name, @Nullable DumpFormat format) {
    return new Manifest.Part(name, "/" + name, "tag", "snapshot", "tree", 1, TIME, format, null);
  }

  private static Path path(Manifest.Part... parts) {
    var manifest =
        new Manifest(
            1,
            "point",
            Manifest.Origin.SCHEDULE,
            new Owner("cluster", "shop", "db"),
            "run",
            TIME,
            TIME,
            "lineage",
            "restic",
            true,
            List.of(parts),
            new Manifest.Files(List.of()));
    return new SandboxPoint(FOLDER, manifest).path(parts[parts.length - 1]);
  }

  @Test
  void dumpsLieByTheirPlaceAndTreesByTheirName() {
    assertThat(path(part("shop", DumpFormat.STREAM))).isEqualTo(FOLDER.resolve("part-0"));
    assertThat(path(part("avatars", null), part("uploads.v2", null)))
        .isEqualTo(FOLDER.resolve("trees/uploads.v2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "../part-0", "a/b", "/etc", "a/../../b"})
  void aNameThatLeadsElsewhereIsRefused(String name) {
    assertThatThrownBy(() -> path(part(name, null)))
        .isInstanceOfSatisfying(
            EngineException.class,
            refused -> assertThat(refused.reason()).isEqualTo(Reason.CORRUPT_RECOVERY_POINT));
  }
}

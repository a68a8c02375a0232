package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.Baseline;
import dev.salvor.task.Extent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileContentTest {
  private static final Baseline BEFORE =
      new Baseline("20261122t020000z-abcdef", new Extent.Files(10, 1000), "files-a");

  @ParameterizedTest
  @CsvSource({
    "0,  0,    the source holds no files",
    "4,  1000, the source holds 4 files; recovery point 20261122t020000z-abcdef held 10",
    "10, 499,  the source holds 499 bytes; recovery point 20261122t020000z-abcdef held 1000",
    "5,  500,  ",
    "99, 9999, "
  })
  void lessThanHalfIsNoBackup(long files, long bytes, @Nullable String what) {
    var emptiness = FileContent.emptiness(new Extent.Files(files, bytes), BEFORE);

    assertThat(emptiness.orElse(null)).isEqualTo(what);
  }

  /** A bound that adds up to nothing must not turn round. */
  @Test
  void hugeSourcesDoNotOverflow() {
    var huge = new Extent.Files(Long.MAX_VALUE, Long.MAX_VALUE);

    assertThat(FileContent.emptiness(huge, new Baseline("p", huge, "l"))).isEmpty();
  }

  @Test
  void withoutABaselineOnlyNothingIsEmpty() {
    var databases = new Baseline("p", new Extent.Tables(100, null), "7");

    assertThat(FileContent.emptiness(new Extent.Files(1, 0), null)).isEmpty();
    assertThat(FileContent.emptiness(new Extent.Files(1, 0), databases)).isEmpty();
    assertThat(FileContent.emptiness(new Extent.Files(0, 0), null)).isPresent();
  }

  @Test
  void ofAPointThatHeldDatabasesTooTheFilesCount() {
    var both = new Extent.Both(new Extent.Tables(100, 9L), new Extent.Files(10, 1000));

    assertThat(FileContent.emptiness(new Extent.Files(4, 1000), new Baseline("p", both, "7")))
        .contains("the source holds 4 files; recovery point p held 10");
  }
}

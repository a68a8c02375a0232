package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a body is called, and how it is cut. */
class BodyDigestTest {
  private static final long MEBIBYTE = 1 << 20;

  private static BodyDigest.Ended digest(PartSizes sizes, String... pieces) {
    var digest = new BodyDigest(sizes);
    for (var piece : pieces) {
      digest.update(piece.getBytes(StandardCharsets.UTF_8), piece.length());
    }
    return digest.end();
  }

  /** As {@code printf 'abcdef' | md5sum}, and for parts as Amazon's S3 is known to do it. */
  @Test
  void partsAreNamedByTheMd5OfTheirMd5s() {
    assertThat(digest(PartSizes.of(6), "abc", "def"))
        .isEqualTo(
            new BodyDigest.Ended(
                "e80b5017098950fc58aad83c8c14978e", "e80b5017098950fc58aad83c8c14978e"));
    var large = new PartSizes(PartSizes.WHOLE_BYTES + 1, 4);
    var ended = digest(large, "abc", "def");
    assertThat(ended)
        .isEqualTo(
            new BodyDigest.Ended(
                "e80b5017098950fc58aad83c8c14978e", "fa40dffba3d56c6098e0477379f300bd-2"));
    assertThat(digest(large, "abcdef")).isEqualTo(ended);
    assertThat(digest(large, "a", "bcde", "f")).isEqualTo(ended);
    assertThat(ended.isNamedBy("e80b5017098950fc58aad83c8c14978e")).isTrue();
    assertThat(ended.isNamedBy("fa40dffba3d56c6098e0477379f300bd-3")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 8",
    "8, 8",
    "80000, 8",
    "80001, 9",
    "5242880, 525", // 5 TiB would not fit into memory, and is more than is put.
    "640000, 64"
  })
  void thereAreNeverMoreThanTenThousandParts(long mebibytes, long part) {
    var sizes = PartSizes.of(mebibytes * MEBIBYTE);

    assertThat(sizes.partBytes()).isEqualTo(part * MEBIBYTE);
    assertThat(Math.ceilDiv(sizes.sizeBytes(), sizes.partBytes())).isLessThanOrEqualTo(10_000);
    assertThat(sizes.isWhole()).isEqualTo(mebibytes <= 8);
    assertThat(sizes.sizeBytes() <= PartSizes.LARGEST_BODY).isEqualTo(mebibytes <= 640_000);
  }
}

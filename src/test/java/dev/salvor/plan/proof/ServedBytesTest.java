package dev.salvor.plan.proof;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes are taken for those of a row where something says so, and for no other reason. */
@NullUnmarked
class ServedBytesTest {
  private static final String ONE = "1".repeat(32);
  private static final String TWO = "2".repeat(32);

  @ParameterizedTest
  @CsvSource({
    // size, ETag of the row; size, ETag, MD5 that came
    "5, ONE, 5, ONE, ONE, OF_THE_ROW",
    "5, ONE, 4, ONE, ONE, OF_ANOTHER",
    "5, ONE, 5, TWO, TWO, OF_ANOTHER",
    "5, ONE, 5, TWO, ONE, OF_THE_ROW",
    "5, ONE, 5, ONE-2, TWO, OF_ANOTHER",
    "5, ONE, 5, '', ONE, OF_THE_ROW",
    // As one that is encrypted has it: it names the bytes, and is no MD5 of them.
    "5, ONE, 5, ONE, TWO, OF_THE_ROW",
    "5, ONE-2, 5, ONE-2, TWO, OF_THE_ROW",
    "5, ONE-2, 5, TWO, TWO, UNKNOWN",
    "5, '', 5, ONE, ONE, UNKNOWN",
    "5, '', 5, '', ONE, UNKNOWN",
    "5, '', 6, ONE, ONE, OF_ANOTHER",
    "0, 6a-19c, 0, TWO, TWO, OF_THE_ROW",
    "0, ONE, 1, ONE, TWO, OF_ANOTHER",
    "-1, ONE, 7, ONE, ONE, OF_THE_ROW",
    "-1, '', 7, ONE, ONE, UNKNOWN",
    "-2, '', 7, ONE, ONE, UNKNOWN",
    "-1, ONE, 0, TWO, TWO, OF_ANOTHER"
  })
  void areThoseOfTheRow(
      long size, String etag, long came, String etagThatCame, String md5, ServedBytes said) {
    assertThat(ServedBytes.of(size, digits(etag), came, digits(etagThatCame), digits(md5)))
        .isEqualTo(said);
  }

  private static String digits(String text) {
    return text.replace("ONE", ONE).replace("TWO", TWO);
  }
}

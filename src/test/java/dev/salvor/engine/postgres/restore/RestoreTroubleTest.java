package dev.salvor.engine.postgres.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RestoreTroubleTest {
  /** As pg_restore 15 and 17 say it. */
  private static final Map<String, Reason> SAID = new LinkedHashMap<>();

  static {
    SAID.put(
        "pg_restore: error: could not execute query: ERROR:  could not create unique index"
            + " \"u\"\nDETAIL:  Key (i)=(1) is duplicated.",
        Reason.SOURCE_WAS_DAMAGED);
    SAID.put(
        "pg_restore: error: could not execute query: ERROR:  extension \"postgis\" is not"
            + " available",
        Reason.EXTENSION_UNAVAILABLE);
    SAID.put(
        "pg_restore: error: could not execute query: ERROR:  unrecognized parameter\n"
            + "ERROR:  pg_cron can only be loaded via shared_preload_libraries",
        Reason.EXTENSION_UNAVAILABLE);
    SAID.put(
        "pg_restore: error: COPY failed for table \"t\": ERROR:  could not extend file \"base/5\":"
            + " No space left on device",
        Reason.SCRATCH_FULL);
    SAID.put(
        "pg_restore: error: COPY failed for table \"t\": server closed the connection unexpectedly",
        Reason.SANDBOX_FAILED);
    SAID.put(
        "pg_restore: error: could not execute query: ERROR:  role \"app\" does not exist",
        Reason.RESTORE_FAILED);
    SAID.put(
        "pg_restore: error: COPY failed for table \"t\": ERROR:  missing data for column \"b\"",
        Reason.RESTORE_FAILED);
    SAID.put(
        "pg_restore: error: could not read from input file: end of file",
        Reason.CORRUPT_RECOVERY_POINT);
    SAID.put(
        "pg_restore: error: input file does not appear to be a valid archive",
        Reason.CORRUPT_RECOVERY_POINT);
    SAID.put(
        "pg_restore: error: did not find magic string in file header",
        Reason.CORRUPT_RECOVERY_POINT);
    SAID.put("Killed", Reason.ENGINE_FAILED);
  }

  @Test
  void readsWhatItMeans() {
    SAID.forEach(
        (said, reason) ->
            assertThat(RestoreTrouble.read("restoring shop", said).reason())
                .as(said)
                .isEqualTo(reason));
  }

  @Test
  void showsNoRows() {
    var failure =
        RestoreTrouble.read(
            "restoring shop",
            "pg_restore: error: could not execute query: ERROR:  could not create unique index"
                + " \"u\"\nDETAIL:  Key (mail)=(a@example.org) is duplicated.\nCONTEXT:  COPY t,"
                + " line 1: \"secret\"\nCommand was: INSERT 'secret'");
    assertThat(failure.toString()).doesNotContain("example.org").doesNotContain("secret");
    assertThat(failure.message()).startsWith("restoring shop: could not execute query");
  }
}

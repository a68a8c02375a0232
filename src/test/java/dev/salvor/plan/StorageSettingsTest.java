package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What must be known of Storage's variables to say where an object is. */
class StorageSettingsTest {
  private static Map<String, String> variables(String text) {
    return Arrays.stream(text.split(" "))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  @ParameterizedTest
  @CsvSource({
    // All that is open, of each pair in Storage's order.
    "STORAGE_BACKEND=file STORAGE_S3_BUCKET=b PROJECT_REF=p MULTI_TENANT=false,"
        + " GLOBAL_S3_BUCKET TENANT_ID IS_MULTITENANT, ''",
    "STORAGE_BACKEND=file GLOBAL_S3_BUCKET=b TENANT_ID=p IS_MULTITENANT=false,"
        + " STORAGE_S3_BUCKET PROJECT_REF MULTI_TENANT,"
        + " 'MULTI_TENANT, PROJECT_REF, STORAGE_S3_BUCKET'",
    "STORAGE_BACKEND=file PROJECT_REF=, TENANT_ID, TENANT_ID",
    "STORAGE_BACKEND=file PROJECT_REF= TENANT_ID=t, '', ''",
    "STORAGE_BACKEND=file FILE_STORAGE_BACKEND_PATH=/f, STORAGE_FILE_BACKEND_PATH,"
        + " STORAGE_FILE_BACKEND_PATH",
    "STORAGE_BACKEND=file STORAGE_FILE_BACKEND_PATH=/f, FILE_STORAGE_BACKEND_PATH, ''",
    "STORAGE_BACKEND=file, TUS_USE_FILE_VERSION_SEPARATOR, TUS_USE_FILE_VERSION_SEPARATOR",
    // Whose bucket is left out, whatever it is.
    "STORAGE_BACKEND=s3, STORAGE_S3_BUCKET TENANT_ID MULTI_TENANT, ''",
    "STORAGE_BACKEND=s3, STORAGE_BACKEND, STORAGE_BACKEND",
    // Storage takes S3 then.
    "TENANT_ID=t, '', STORAGE_BACKEND",
    "STORAGE_BACKEND=, '', STORAGE_BACKEND",
    "STORAGE_BACKEND=disk, '', STORAGE_BACKEND",
  })
  void whatDecidesWhereAnObjectIsAndIsNotSaid(String said, String unclear, String undecided) {
    assertThat(
            String.join(
                ", ", new StorageSettings(variables(said)).undecided(Set.of(unclear.split(" ")))))
        .isEqualTo(undecided);
  }

  @Test
  void whereSomethingElseMaySayAllNothingIsDecided() {
    assertThat(new StorageSettings(Map.of()).undecided(StorageSettings.NAMES))
        .containsExactlyInAnyOrderElementsOf(StorageSettings.NAMES);
  }
}

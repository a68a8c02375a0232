package dev.salvor.local.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a worker has of its host's variables: none that may be a Secret's. */
class WorkerProcessTest {
  @ParameterizedTest
  @CsvSource({
    "PATH, true",
    "HOME, true",
    "https_proxy, true",
    "SALVOR_RESTIC, true",
    "SALVOR_POSTGRES_17, true",
    "SHOP_DB_URI, false",
    "PGPASSWORD, false",
    "AWS_SECRET_ACCESS_KEY, false",
    "RESTIC_PASSWORD, false",
    "DOCKER_HOST, false",
    "PATH_OF_A_KEY, false",
  })
  void onlyWhatItNeedsIsInherited(String variable, boolean inherited) {
    assertThat(WorkerProcess.inherited(Map.of(variable, "value")).containsKey(variable))
        .isEqualTo(inherited);
  }
}

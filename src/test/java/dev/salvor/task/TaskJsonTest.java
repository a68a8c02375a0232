package dev.salvor.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.ComposeService;
import dev.salvor.api.Initialize;
import dev.salvor.task.CredentialSource.Login;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TaskJsonTest {
  private static Task probe(String run) {
    return new Task.ProbeStore(
        new Header(run, 1, Instant.parse("2026-11-22T18:00:00Z"), 60, List.of()),
        new StoreTarget(
            "offsite", new StoreTarget.Directory("/a$(HOME)$$b"), Initialize.NEVER, null, null));
  }

  @Test
  void whatIsWrittenIsReadBackAndHoldsNoDollar() {
    var json = TaskJson.write(probe("r"));

    assertThat(json).doesNotContain("$").doesNotContain("\n");
    assertThat(TaskJson.read(json)).isEqualTo(probe("r"));
  }

  /** Tasks that a host of an earlier version left have Secrets alone, and look as ever. */
  @Test
  void whereCredentialsAreFromIsReadBack() {
    var sources =
        List.<CredentialSource>of(
            new CredentialSource.Secret(Credential.STORE_PASSWORD, "key", "password"),
            new CredentialSource.Secret(Credential.STORE_S3, "bucket", null),
            new CredentialSource.Container(Credential.SOURCE, "db", null, Login.GIVEN),
            new CredentialSource.Container(
                Credential.TARGET, null, new ComposeService("shop", "db"), Login.OF_CONTAINER));
    var task =
        new Task.ProbeStore(
            new Header("r", 1, Instant.EPOCH, 60, sources),
            new StoreTarget(
                "offsite", new StoreTarget.Directory("/a"), Initialize.NEVER, null, null));

    assertThat(TaskJson.read(TaskJson.write(task))).isEqualTo(task);
    assertThat(TaskJson.write(task))
        .contains("{\"credential\":\"store-s3\",\"secret\":\"bucket\"}");
  }

  @Test
  void aTaskThatDoesNotFitIsRefusedBeforeItIsStarted() {
    assertThatThrownBy(() -> TaskJson.write(probe("x".repeat(TaskJson.MAXIMUM_BYTES))))
        .hasMessageContaining("more than 65536");
  }

  @Test
  void whatIsNoTaskIsSaidSo() {
    assertThatThrownBy(() -> TaskJson.read("{\"task\":\"Nonsense\"}"))
        .hasMessageStartingWith("not a task");
  }
}

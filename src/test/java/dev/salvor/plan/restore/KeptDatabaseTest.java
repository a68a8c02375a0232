package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.SslMode;
import dev.salvor.plan.restore.KeptDatabase.Seen;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.ServerReference;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptDatabaseTest {
  private static final Instant UNTIL = Instant.parse("2026-11-22T19:00:00Z");
  private static final Seen UNUSED = new Seen(false, 0, UNTIL);

  @Test
  void onlyANameThatThisRestoreGaveIsLookedFor() {
    var names = new RestoreNames("shop", "uid");
    assertThat(KeptDatabase.misnamed(task(names.kept(UNTIL)))).isEmpty();
    for (var other :
        List.of(
            "shop",
            "postgres",
            names.side(),
            names.kept(UNTIL) + "_mine",
            new RestoreNames("crm", "uid").kept(UNTIL),
            new RestoreNames("shop", "another").kept(UNTIL))) {
      assertThat(KeptDatabase.misnamed(task(other))).as(other).isPresent();
    }
  }

  @Test
  void itStaysWhereAnythingSpeaksAgainstIt() {
    var task = task("shop__salvor_kept_abcdefgh_2026112219");
    assertThat(KeptDatabase.hindrance(task, UNUSED, UNTIL)).isEmpty();

    assertThat(KeptDatabase.hindrance(task, UNUSED, UNTIL.minusSeconds(1)))
        .hasValueSatisfying(why -> assertThat(why).contains("clocks"));
    assertThat(KeptDatabase.hindrance(task, new Seen(false, 0, UNTIL.minusSeconds(1)), UNTIL))
        .hasValueSatisfying(why -> assertThat(why).contains("clocks"));
    assertThat(KeptDatabase.hindrance(task, new Seen(true, 0, UNTIL), UNTIL))
        .hasValueSatisfying(why -> assertThat(why).contains("lets people in"));
    assertThat(KeptDatabase.hindrance(task, new Seen(false, 1, UNTIL), UNTIL))
        .hasValueSatisfying(why -> assertThat(why).contains("in use"));
  }

  private static Task.DropKept task(String kept) {
    return new Task.DropKept(
        new Header("run", 1, UNTIL, 60, List.of()),
        new ServerReference(
            Credential.TARGET,
            Credential.TARGET_PASSWORD,
            Credential.TARGET_CA,
            null,
            null,
            null,
            null,
            SslMode.PREFER),
        "shop",
        kept,
        "uid");
  }
}

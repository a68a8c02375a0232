package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.Baseline;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import dev.salvor.task.Extent;
import dev.salvor.task.FileTrees;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a policy with {@code source.volume} asks a worker for, and what becomes of its answers. */
class VolumePlanningTest {
  private static final String SPEC =
      """
      source:
        volume:
          path: /srv/shop
          exclude: ["*.tmp"]
          excludeIfPresent: .nobackup
      storeRef: {name: offsite}
      schedule: {cron: "0 2 * * *"}
      """;

  private final PlannedHost host = new PlannedHost(PlannedHost.spec(SPEC));

  private Task.Backup due(String time) {
    host.at(time).look();
    return (Task.Backup) host.task(host.running(Purpose.BACKUP).orElseThrow());
  }

  @Test
  void theWorkerIsAskedForTheFolderAndGivenNothingElse() {
    host.contacted();
    var task = due("2026-11-22T02:00:00Z");

    assertThat(task.source())
        .isEqualTo(
            new FileTrees(
                List.of(new FileTrees.Tree("shop", "/srv/shop")),
                List.of(),
                List.of("*.tmp"),
                ".nobackup",
                false));
    assertThat(task.baseline()).isNull();
    assertThat(task.header().credentials())
        .extracting(CredentialSource::credential)
        .containsExactly(Credential.STORE_PASSWORD);
  }

  @Test
  void theNextPointIsHeldAgainstTheLast() {
    host.contacted();
    due("2026-11-22T02:00:00Z");
    host.end(Purpose.BACKUP, made("20261122t020000z-aaaaaa", "files-a"));
    host.look();

    assertThat(host.lastSuccess().files()).isEqualTo(7);
    assertThat(due("2026-11-23T02:00:00Z").baseline())
        .isEqualTo(new Baseline("20261122t020000z-aaaaaa", new Extent.Files(7, 700), "files-a"));
  }

  /** As another database system does. */
  @Test
  void anotherFolderFreezesForgetting() {
    host.contacted();
    due("2026-11-22T02:00:00Z");
    host.end(Purpose.BACKUP, made("20261122t020000z-aaaaaa", "files-a"));
    host.look();
    due("2026-11-23T02:00:00Z");
    host.end(Purpose.BACKUP, made("20261123t020000z-bbbbbb", "files-b"));
    host.look();

    assertThat(Objects.requireNonNull(host.status().repository()).frozen()).isTrue();
  }

  @Test
  void aFolderIsNoSourceInACluster() {
    host.kind = HostKind.KUBERNETES;
    host.look();

    assertThat(host.says(Conditions.STALLED)).isEqualTo("True NotOnThisHost");
    assertThat(host.launches).isEmpty();
  }

  private TaskResult.BackedUp made(String id, String lineage) {
    return new TaskResult.BackedUp(
        id,
        "manifest",
        host.now,
        true,
        700,
        10,
        new Extent.Files(7, 700),
        lineage,
        "repo-1",
        "store-1234",
        null,
        null,
        null);
  }
}

package dev.salvor.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.FactsMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The Tasks by which bench/run measures are Tasks that a worker carries out. */
final class BenchTasksTest {
  private static final Map<String, String> VALUES =
      Map.of(
          "TREES", "",
          "BUCKET", "{\"kind\":\"bucket\",\"bucket\":\"objects\",\"region\":\"x\"}",
          "RUN", "bench-1",
          "TICK", "2026-11-22T18:00:00Z",
          "ENDPOINT", "http://127.0.0.1:1",
          "PREFIX", "p",
          "DATABASE", "bench",
          "FACTS", "Full",
          "POINT", "20261122t180000z-abcdef");

  @Test
  void aBackupNotesWhatItIsAskedTo() throws IOException {
    var backup = (Task.Backup) task("backup");

    var source = (PostgresDump) backup.source();
    assertThat(source.facts().mode()).isEqualTo(FactsMode.FULL);
    assertThat(source.databases().names()).containsExactly("bench");
    assertThat(backup.repository().store().place()).isInstanceOf(StoreTarget.Bucket.class);
  }

  @Test
  void aProjectHasItsObjectsInABucketOrInATree() throws IOException {
    var project = (SupabaseProject) ((Task.Backup) task("backup-supabase")).source();

    assertThat(project.bucket()).isNotNull();
    assertThat(project.layout()).isNotNull();
  }

  @Test
  void aRestoreAndAProofTakeTheSamePoint() throws IOException {
    var restore = (Task.Restore) task("restore");

    assertThat(restore.from()).isInstanceOf(Task.FromPoint.class);
    assertThat(((Task.FromPoint) restore.from()).point().id()).isEqualTo(VALUES.get("POINT"));
    assertThat(((Task.Fetch) task("fetch")).point().id()).isEqualTo(VALUES.get("POINT"));
    assertThat(((Task.Compare) task("compare")).server()).isInstanceOf(Task.Initdb.class);
  }

  private static Task task(String name) throws IOException {
    var json = Files.readString(Path.of("bench/tasks", name + ".json"));
    for (var value : VALUES.entrySet()) {
      json = json.replace("@" + value.getKey() + "@", value.getValue());
    }
    assertThat(json).doesNotContain("@");
    return TaskJson.read(json);
  }
}

package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.task.HostedProject;
import dev.salvor.task.Manifest;
import dev.salvor.task.TaskReport;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A project that Supabase hosts is kept by a role that is no superuser, and proven. */
@NullUnmarked
@NeedsRoot
class HostedSupabaseIT {
  private static final String PROJECT = "abcdefghijklmnopqrst";

  private static SelfHostedSupabase supabase;

  private Path folder;
  private SupabaseWorld world;

  @BeforeAll
  static void start() {
    supabase = SelfHostedSupabase.startHosted();
  }

  @AfterAll
  static void stop() {
    supabase.close();
  }

  @BeforeEach
  void make() throws IOException {
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "hosted");
    world = new SupabaseWorld(folder, supabase).hosted(new HostedProject(PROJECT, null));
  }

  @AfterEach
  void remove() {
    Script.run("rm -rf \"$1\"", folder);
  }

  private static Reason reason(TaskReport report) {
    return Objects.requireNonNull(report.failure(), report::toString).reason();
  }

  @Test
  void theDatabaseIsKeptWithoutWhatNobodyMayReadAndIsVerified() {
    world.stores.acknowledge = List.of("storage-elsewhere");
    var report = world.backup();
    var made = (dev.salvor.task.TaskResult.BackedUp) SupabaseWorld.succeeded(report);

    assertThat(made.complete()).isTrue();
    assertThat(report.warnings())
        .contains(
            "not kept, for role postgres may not read it: pgsodium.key, pgsodium.key_id_seq,"
                + " pgsodium.valid_key, storage.buckets_vectors, storage.vector_indexes");
    var manifest = world.manifest(made.recoveryPoint());
    assertThat(manifest.lineage()).isEqualTo("supabase:" + PROJECT);
    assertThat(manifest.parts()).extracting(Manifest.Part::name).containsExactly("postgres");
    assertThat(manifest.postgres().databases().getFirst().leftOut())
        .contains("what the role may not read: storage.buckets_vectors");
    assertThat(world.facts(made.recoveryPoint()).hosted().toEnterAnew())
        .containsExactly("password of role reporting");
    assertThat(world.beside(made.recoveryPoint(), "configuration/vault/secrets.json"))
        .contains("stripe", SelfHostedSupabase.VAULT_SECRET + "-stripe");

    var compared = world.prove(made.recoveryPoint());

    assertThat(compared.outcome()).as(String.valueOf(compared)).isEqualTo(VerdictOutcome.VERIFIED);
  }
}

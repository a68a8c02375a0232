package dev.salvor.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.process.Deadline;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Programs;
import dev.salvor.engine.restic.ByteProgress;
import dev.salvor.engine.restic.Neighbourhood;
import dev.salvor.engine.restic.NewSnapshot;
import dev.salvor.engine.restic.Restic;
import dev.salvor.engine.restic.ResticSettings;
import dev.salvor.plan.proof.FileComparison;
import dev.salvor.plan.proof.FileScope;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.NeedsRoot;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The odd tree through restic itself, and what a comparison says of copies that lost something. */
@NullUnmarked
@NeedsRoot
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FileTreeIT {
  private Path folder;
  private Path notes;
  private FileTree.Look look;

  @BeforeAll
  void backUpAndRestore() throws IOException, InterruptedException {
    // Not in memory: attributes of namespace user are not to be had in every tmpfs.
    folder = Files.createTempDirectory(Path.of("target").toRealPath(), "odd-tree");
    var tree = Files.createDirectories(folder.resolve("data/odd"));
    OddTree.make(tree);
    notes = folder.resolve("notes");
    var source = new FileTree(tree, FileTreeIT::isLeftOut);
    source.note(folder.resolve("before"), folder.resolve("excludes"));
    var repository = repository();
    var trees =
        repository.backupTrees(
            new NewSnapshot("shop/files", List.of("rp=1")),
            tree.getParent(),
            List.of("odd"),
            folder.resolve("excludes"),
            ByteProgress.NONE);
    assertThat(trees.unread()).isEmpty();
    look = source.settle(folder.resolve("before"), notes);
    repository.restore(trees.stored().snapshot(), "/", folder.resolve("copy"), ByteProgress.NONE);
  }

  /** By names that restic would take for patterns, which would match the others. */
  private static boolean isLeftOut(Path path) {
    return path.getParent().endsWith("left")
        && !Set.of("keep", "keep-c", "keepers", "$$HOME").contains(path.getFileName().toString());
  }

  @AfterAll
  void remove() throws IOException, InterruptedException {
    Script.run("rm -rf \"$1\"", folder);
  }

  private Restic repository() throws IOException {
    Files.writeString(folder.resolve("password"), "a password of tests\n");
    Files.createDirectories(folder.resolve("scratch"));
    ForgedRepository.create(folder.resolve("repository"), "a password of tests");
    var settings =
        new ResticSettings(
            folder.resolve("repository").toString(),
            folder.resolve("password"),
            Map.of(),
            List.of(),
            null,
            folder.resolve("cache"),
            folder.resolve("scratch"),
            null,
            null,
            2,
            Duration.ofSeconds(1),
            ResticSettings.Locking.LOCKED);
    return new Restic(
        Programs.here().restic(),
        settings,
        new ProcessRunner(System.getenv(), Deadline.after(Duration.ofMinutes(5))),
        Neighbourhood.UNKNOWN,
        Clock.systemUTC());
  }

  @Test
  void whatRestoresIsWhatWas() throws IOException {
    var comparison = compare("copy/odd");

    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.coverage().compared()).isEqualTo(look.entries()).isGreaterThan(100);
    assertThat(look.unsteady()).isZero();
    assertThat(look.unreadable()).isEmpty();
  }

  /** Each is one thing that backups of others have lost. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rm small                               | small is missing
          : > more                               | more was not there
          truncate -s 5 small                    | small has 5 bytes, had 6
          chown 1235 owned; chmod 4750 owned     | owned belongs to 1235:5678, did to 1234:5678
          chmod 750 owned                        | owned has mode 0750, had 4750
          chmod 777 sticky                       | sticky has mode 0777, had 1777
          touch -d '2026-01-01 UTC' old          | old was modified at 1767225600000000000 ns, had been at -876543211 ns
          touch -h -d '2026-01-01 UTC' link      | link was modified at 1767225600000000000 ns, had been at 981173106789000000 ns
          ln -sf smaller link                    | link points to smaller, pointed to small
          cp -p third t; mv t third              | third is the same file as null, was the same as one/first
          rm fifo; : > fifo                      | fifo is a file, was a FIFO
          rm null; mknod null c 1 5              | null is device Device[major=1, minor=5], was Device[major=1, minor=3]
          rm nothing -r; mkdir nothing           | nothing was modified at
          cp -p --no-preserve=xattr attributed t; mv t attributed | attributed has lost attribute trusted.ours
          : > t; touch -r capable t; mv t capable | capable has lost attribute security.capability
          cp acl t; chmod 664 t; touch -r acl t; mv t acl | acl has lost attribute system.posix_acl_access
          chmod 755 .                            | . has mode 0755, had 0751
          """)
  void whatIsLostIsNamed(String loss, String difference) throws Exception {
    Script.run("rm -rf \"$1/lossy\"; cp -a --sparse=always \"$1/copy\" \"$1/lossy\"", folder);
    // Folders that the loss touched are no part of the question.
    Script.run(
        "cd \"$1/lossy/odd\"; touch -r . \"$1/time\"; " + loss + "; touch -r \"$1/time\" .",
        folder);

    assertThat(compare("lossy/odd").differences())
        .hasSize(1)
        .first()
        .asString()
        .startsWith(difference);
  }

  private FileComparison compare(String copy) throws IOException {
    var comparison = new FileComparison(FileScope.whole(FileScope.Privilege.ROOT));
    new FileTree(folder.resolve(copy), path -> false).compare(notes, look.entries(), comparison);
    return comparison;
  }
}

package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.DumpFormat;
import dev.salvor.testing.PostgresServer;
import dev.salvor.testing.RichDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A rich database with one recovery point, and a place to restore it to. */
@NullUnmarked
abstract class RestoreScene {
  static final List<Integer> MAJORS = PostgresServer.MAJORS;
  static final int MAJOR = 15;

  @TempDir Path folder;

  PostgresServer server;
  BackupWorld backups;
  RestoreWorld restores;
  String source;
  String point;

  void given(int major, DumpFormat format) {
    server = PostgresServer.shared(major);
    source = RichDatabase.create(server);
    backups = new BackupWorld(folder, server, source);
    backups.format = format;
    point = backups.succeed().recoveryPoint();
    restores = new RestoreWorld(backups.stores, server);
  }

  @AfterEach
  void noSideDatabaseIsLeft() {
    assertThat(restores.marked()).noneMatch(name -> name.contains("__salvor_new_"));
    for (var name : restores.marked()) {
      server.execute("postgres", "DROP DATABASE " + name);
    }
  }

  /** What holds the rows: small packs hold manifests and trees. */
  void losePacks() throws IOException {
    try (var files = Files.walk(backups.stores.store().resolve("shop/db/data"))) {
      for (var pack : files.filter(Files::isRegularFile).toList()) {
        if (Files.size(pack) > 10_000) {
          Files.delete(pack);
        }
      }
    }
  }
}

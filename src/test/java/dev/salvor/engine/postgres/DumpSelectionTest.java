package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.api.PostgresSource.Selection;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DumpSelectionTest {
  private static Selection schemas(String... names) {
    return new Selection(List.of(names), null);
  }

  private static Selection tables(String... names) {
    return new Selection(null, List.of(names));
  }

  private static List<String> arguments(@Nullable Selection include, @Nullable Selection exclude) {
    return DumpSelection.of(include, exclude).arguments();
  }

  @Test
  void everythingNeedsNoSwitch() {
    assertThat(arguments(null, null)).isEmpty();
    assertThat(DumpSelection.everything().wholeDatabase()).isTrue();
    assertThat(DumpSelection.of(null, schemas("x")).wholeDatabase()).isTrue();
    assertThat(DumpSelection.of(schemas("x"), null).wholeDatabase()).isFalse();
  }

  @Test
  void switchesAreThoseOfPgDump() {
    assertThat(arguments(schemas("a", "b*"), tables("a.t")))
        .containsExactly("--schema=a", "--schema=b*", "--exclude-table=a.t", "--strict-names");
    assertThat(arguments(null, new Selection(List.of("a"), List.of("b.t"))))
        .containsExactly("--exclude-schema=a", "--exclude-table=b.t");
  }

  @Test
  void anExcludedSchemaBesideIncludedTablesIsAllItsTables() {
    assertThat(arguments(tables("*.orders"), schemas("old")))
        .containsExactly("--table=*.orders", "--exclude-table=old.*", "--strict-names");
  }

  @Test
  void whatPgDumpWouldIgnoreOrMisreadIsRefused() {
    assertThatThrownBy(() -> arguments(new Selection(List.of("a"), List.of("a.t")), null))
        .hasMessageContaining("InvalidSpec");
    assertThatThrownBy(() -> arguments(tables("orders"), null))
        .hasMessageContaining("public.orders");
    assertThatThrownBy(() -> arguments(null, tables("a.b.c"))).hasMessageContaining("a.b.c");
    assertThatThrownBy(() -> arguments(schemas("a.b"), null)).hasMessageContaining("a.b");
    assertThatThrownBy(() -> arguments(schemas("\"a"), null)).hasMessageContaining("does not end");
  }

  @Test
  void commandsAreGolden() {
    var program = Path.of("/bin/pg_dump");

    assertThat(
            DumpCommands.stream(program, DumpSelection.of(null, schemas("x")), "0001-1")
                .arguments())
        .containsExactly(
            "/bin/pg_dump",
            "--no-password",
            "--compress=0",
            "--lock-wait-timeout=5s",
            "--snapshot=0001-1",
            "--exclude-schema=x",
            "--format=custom");
    assertThat(
            DumpCommands.directory(
                    program, DumpSelection.everything(), "0001-1", Path.of("/scratch/d"), 2)
                .arguments())
        .containsExactly(
            "/bin/pg_dump",
            "--no-password",
            "--compress=0",
            "--lock-wait-timeout=5s",
            "--snapshot=0001-1",
            "--format=directory",
            "--jobs=2",
            "--no-sync",
            "--file=/scratch/d");
    assertThat(
            DumpCommands.globals(
                    Path.of("/bin/pg_dumpall"), "postgres", DumpCommands.Passwords.LEFT_OUT)
                .arguments())
        .containsExactly(
            "/bin/pg_dumpall",
            "--no-password",
            "--globals-only",
            "--no-role-passwords",
            "--database=postgres");
  }
}

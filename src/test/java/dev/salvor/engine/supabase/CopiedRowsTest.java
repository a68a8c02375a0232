package dev.salvor.engine.supabase;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.salvor.engine.EngineException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rows of a dump on their way into a table of other columns. */
class CopiedRowsTest {
  private static final String COPY =
      "COPY auth.users (id, \"a, \"\"b\"\" (c)\", email) FROM stdin;\n";

  private static String row(CopiedRows rows, String line) {
    return new String(rows.row(line.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
  }

  @Test
  void namesOfColumnsMayHoldAnything() {
    assertThat(CopiedRows.columns(COPY)).containsExactly("id", "a, \"b\" (c)", "email");
    assertThat(CopiedRows.columns("COPY \"odd (\".\"t\" (id) FROM stdin;")).containsExactly("id");
    assertThat(CopiedRows.columns("COPY public.nothing  FROM stdin;")).isEmpty();
  }

  @Test
  void aColumnThatIsNotThereGoesWhereItSaysNothing() {
    var rows = CopiedRows.of("auth.users", COPY, List.of("email", "id", "new"));

    assertThat(rows.isWhole()).isFalse();
    assertThat(rows.statement("auth", "users"))
        .isEqualTo("COPY \"auth\".\"users\" (\"id\", \"email\") FROM stdin");
    assertThat(rows.again("auth", "users"))
        .isEqualTo("COPY (SELECT \"id\", \"email\" FROM \"auth\".\"users\") TO stdout");
    assertThat(row(rows, "1\t\\N\ta\\tb\n")).isEqualTo("1\ta\\tb\n");
    assertThat(row(rows, "\t\\N\t\n")).isEqualTo("\t\n");
    assertThatThrownBy(() -> row(rows, "1\tx\ta\n"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("Column a, \"b\" (c) of auth.users holds values");
    assertThatThrownBy(() -> row(rows, "1\t\\N\ta\tmore\n")).isInstanceOf(EngineException.class);
  }

  @Test
  void theFirstColumnMayGo() {
    var rows = CopiedRows.of("t", COPY, List.of("email"));

    assertThat(row(rows, "\\N\t\\N\te\n")).isEqualTo("e\n");
  }

  @Test
  void valuesAreWhatTheyWere() {
    assertThat(CopiedRows.values("a\\tb\t\\N\t\\\\N\t\t\\n\\r\\b\\f\\v\\x"))
        .containsExactly("a\tb", null, "\\N", "", "\n\r\b\f\u000bx");
  }

  @Test
  void rowsAreTheSameInWhateverOrder() {
    var one = new RowSum();
    var other = new RowSum();
    List.of("a", "b", "b").forEach(row -> one.add(row.getBytes(StandardCharsets.UTF_8)));
    List.of("b", "a", "b").forEach(row -> other.add(row.getBytes(StandardCharsets.UTF_8)));
    assertThat(one.isSame(other)).isTrue();

    other.add(new byte[0]);
    assertThat(one.isSame(other)).isFalse();
  }
}

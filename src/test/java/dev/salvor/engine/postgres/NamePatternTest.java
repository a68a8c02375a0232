package dev.salvor.engine.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As PostgreSQL's patternToSQLRegex does it. */
class NamePatternTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "orders ; ^(orders)$",
        "Orders ; ^(orders)$",
        "\"Orders\" ; ^(Orders)$",
        "ord* ; ^(ord.*)$",
        "ord?rs ; ^(ord.rs)$",
        "\"ord*\" ; ^(ord\\*)$",
        "\"a.b\" ; ^(a\\.b)$",
        "a\"B\"C ; ^(aBc)$",
        "\"a\"\"b\" ; ^(a\"b)$",
        "a$b ; ^(a\\$b)$",
        "(a|b) ; ^((a|b))$",
        "[a-c]x ; ^([a-c]x)$",
        "int[] ; ^(int\\[])$",
        "über ; ^(über)$"
      })
  void aNameIsAnExpression(String pattern, String expression) {
    assertThat(NamePattern.parse(pattern).expressions()).containsExactly(expression);
  }

  @Test
  void aDotParts() {
    assertThat(NamePattern.parse("Public.\"A.b\".c*").expressions())
        .isEqualTo(List.of("^(public)$", "^(A\\.b)$", "^(c.*)$"));
  }

  @Test
  void aQuoteMustEnd() {
    assertThatThrownBy(() -> NamePattern.parse("\"a")).hasMessageContaining("does not end");
  }
}

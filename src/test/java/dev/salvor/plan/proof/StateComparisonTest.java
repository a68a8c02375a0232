package dev.salvor.plan.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.task.SupabaseState;
import dev.salvor.task.SupabaseState.Fact;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A project's state beside that of its copy. */
class StateComparisonTest {
  private static final Fact LOGIN = new Fact("login of role", "authenticator", null);
  private static final Fact POLICY = new Fact("policy", "public.posts own", "d1");

  private static StateComparison compare(List<Fact> noted, Fact... found) {
    return StateComparison.compare(
        new SupabaseState(noted), new SupabaseState(List.of(found)), List.of());
  }

  @Test
  void whatIsMissingOrAnotherIsNamedWithoutItsValue() {
    var compared = compare(List.of(LOGIN, POLICY), new Fact("policy", "public.posts own", "d2"));

    assertThat(compared.differences())
        .containsExactly(
            "login of role authenticator is missing", "policy public.posts own is another");
    assertThat(compared.coverage().text()).isEqualTo("0 of 2 facts of the project");
  }

  /** An extension makes some of it itself, and a newer server too. */
  @Test
  void whatTheCopyHasBesidesIsNoLoss() {
    assertThat(compare(List.of(POLICY), LOGIN, POLICY).differences()).isEmpty();
  }

  @Test
  void theFirstAreWrittenOut() {
    var many = IntStream.range(0, 60).mapToObj(n -> new Fact("function", "f" + n, "d")).toList();

    assertThat(compare(many).differences()).hasSize(51).last().isEqualTo("and 10 more");
  }
}

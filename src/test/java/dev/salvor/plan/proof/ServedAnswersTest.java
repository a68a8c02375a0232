package dev.salvor.plan.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.plan.proof.ServedAnswers.Answer;
import java.util.Arrays;
import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Storage is asked no more where it gives nothing, and goes on where it does not give this. */
class ServedAnswersTest {
  @ParameterizedTest
  @CsvSource({
    // Answers, with how many there are of each, and whether it ended before the last.
    "1000 OF_THE_OBJECT, never",
    "1 SERVED;1000 DENIED, never",
    "1 OF_THE_OBJECT;1000 DENIED, never",
    "99 DENIED;1 SERVED;1000 DENIED, never",
    "99 DENIED, never",
    "100 DENIED, at the last",
    "1 KEYS_UNKNOWN, at the last",
    // Keys that were good, and were revoked; or an answer that is wrong once.
    "1 SERVED;99 KEYS_UNKNOWN, never",
    "1 SERVED;100 KEYS_UNKNOWN, at the last",
    "99 FAILED;1 SERVED;99 FAILED;1 OF_THE_OBJECT;99 FAILED, never",
    "1 SERVED;100 FAILED, at the last",
    "1 SERVED;9 SILENT, never",
    "1 SERVED;10 SILENT, at the last",
    "1 SERVED;9 SILENT;1 SERVED;9 SILENT, never",
    "1 SERVED;5 SILENT;50 FAILED, at the last"
  })
  void endWhereNoneIsGiven(String said, String ended) {
    var answers = new ServedAnswers();
    var all =
        Arrays.stream(said.split(";", -1))
            .flatMap(
                some -> {
                  var parts = some.split(" ", -1);
                  return Collections.nCopies(Integer.parseInt(parts[0]), Answer.valueOf(parts[1]))
                      .stream();
                })
            .toList();

    var before = all.subList(0, all.size() - 1).stream().anyMatch(answers::end);
    var atTheLast = answers.end(all.getLast());

    assertThat(before).isFalse();
    assertThat(atTheLast).isEqualTo(ended.equals("at the last"));
  }
}

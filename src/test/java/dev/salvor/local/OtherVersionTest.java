package dev.salvor.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherVersionTest {
  /** Of what is written here this version knows all but what begins with n. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        // stored | known | next | kept
        "{'a': 1} | {'a': 1} | {'a': 2} | {'a': 2}",
        "{'a': 1, 'n': 5} | {'a': 1} | {'a': 2} | {'a': 2, 'n': 5}",
        "{'a': 1, 'n': 5} | {'a': 1} | {} | {'n': 5}",
        "{'n': {'n': [1]}} | {} | {'a': 2} | {'a': 2, 'n': {'n': [1]}}",
        // Of what stays as it was
        "{'a': {'b': 1, 'n': 5}} | {'a': {'b': 1}} | {'a': {'b': 1}} | {'a': {'b': 1, 'n': 5}}",
        // and not of what became another.
        "{'a': {'b': 1, 'n': 5}} | {'a': {'b': 1}} | {'a': {'b': 2}} | {'a': {'b': 2}}",
        "{'p': [{'i': 1, 'n': 5}, {'i': 2, 'n': 6}]} | {'p': [{'i': 1}, {'i': 2}]}"
            + " | {'p': [{'i': 2}, {'i': 3}]} | {'p': [{'i': 2, 'n': 6}, {'i': 3}]}",
        "{'p': [{'i': 1, 'n': 5}]} | {'p': [{'i': 1}]} | {'p': []} | {'p': []}",
        // A value that is not known here is read as another.
        "{'a': 'New'} | {'a': 'Unknown'} | {'a': 'Unknown'} | {'a': 'New'}",
        "{'a': 'New'} | {'a': 'Unknown'} | {'a': 'Old'} | {'a': 'Old'}",
      })
  void keepsWhatItDoesNotKnow(String stored, String known, String next, String kept) {
    assertThat(OtherVersion.keep(json(stored), json(known), json(next))).isEqualTo(json(kept));
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) Json.mapper().readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}

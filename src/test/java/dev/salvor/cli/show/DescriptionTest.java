package dev.salvor.cli.show;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

/** What a person reads of one resource. */
@NullUnmarked
class DescriptionTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");

  private static String of(String status) throws JsonProcessingException {
    return Description.of(
        Json.mapper()
            .readTree(
                """
                {"kind": "BackupPolicy", "metadata": {"name": "hosted"}, "status": %s}
                """
                    .formatted(status)),
        List.of(),
        Ink.PLAIN,
        NOW);
  }

  @Test
  void ofAHostedProjectItSaysWhatSupabaseHasAndWhatNobodyCanHave() throws Exception {
    assertThat(
            of(
                """
                {"lastSuccess": {"hosted": {"providersBackup": "2026-11-20T18:00:00Z",
                  "toEnterAnew": ["password of role reporting", "and 7 more"]}}}
                """))
        .contains(
            "Supabase's own backup: 2026-11-20T18:00:00Z, 2d ago\n",
            "To be entered anew: password of role reporting\n",
            "To be entered anew: and 7 more\n");
    assertThat(of("{\"lastSuccess\": {}}")).doesNotContain("Supabase", "anew");
  }
}

package dev.salvor.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.BackupRequest;
import dev.salvor.api.BackupRequestStatus;
import dev.salvor.api.RestoreRequest;
import dev.salvor.api.RestoreRequestStatus;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UpdateFilterTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          what changed           | before | observed before | now | observed now | deleted | look
          the spec               |      1 |               1 |   2 | 1            | false   | true
          nothing, a resync      |      1 |               1 |   1 | 1            | false   | false
          the status, by us      |      1 |            none |   1 | 1            | false   | false
          the status, of old     |      2 |               1 |   2 | 1            | false   | false
          the status was removed |      1 |               1 |   1 | none         | false   | true
          the status was emptied |      1 |               1 |   1 | -1           | false   | true
          it is being deleted    |      1 |               1 |   1 | 1            | true    | true
          """,
      useHeadersInDisplayName = true)
  void looksAtWhatOthersChanged(
      String what,
      long generationBefore,
      @Nullable Long observedBefore,
      long generationNow,
      @Nullable Long observedNow,
      boolean deleted,
      boolean look) {
    var before = request(generationBefore, observedBefore);
    var now = request(generationNow, observedNow);
    if (deleted) {
      now.getMetadata().setDeletionTimestamp("2026-11-22T18:00:00Z");
    }

    assertThat(new UpdateFilter<BackupRequest>().accept(now, before)).as(what).isEqualTo(look);
  }

  @Test
  void aRestoreRequestIsNotCarriedOutForItsLostStatus() {
    var before = new RestoreRequest();
    before.setMetadata(new ObjectMetaBuilder().withName("r").withGeneration(1L).build());
    before.setStatus(
        new RestoreRequestStatus(1L, null, null, null, null, null, null, null, null, null, null));
    var now = new RestoreRequest();
    now.setMetadata(before.getMetadata());

    assertThat(new UpdateFilter<RestoreRequest>().accept(now, before)).isFalse();
  }

  private static BackupRequest request(long generation, @Nullable Long observed) {
    var request = new BackupRequest();
    request.setMetadata(new ObjectMetaBuilder().withName("r").withGeneration(generation).build());
    if (observed != null) {
      request.setStatus(
          new BackupRequestStatus(observed, null, null, null, null, null, null, null));
    }
    return request;
  }
}

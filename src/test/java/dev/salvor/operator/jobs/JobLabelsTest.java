package dev.salvor.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.plan.Purpose;
import dev.salvor.plan.RunLabels;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JobLabelsTest {
  private static final String LONGEST_NAME = "a.".repeat(126) + "a";

  private static final List<String> TEXTS =
      List.of(
          "",
          "x",
          "11111111-1111-1111-1111-111111111111",
          "-not-a-label-",
          "shop/" + LONGEST_NAME,
          "line one\nline two: \"quoted\", ünïcode $(HOME) $$",
          "x".repeat(64));

  private static final List<Instant> TICKS =
      List.of(
          Instant.parse("2026-11-22T02:17:00Z"),
          Instant.parse("2026-11-22T02:17:00.000000001Z"),
          Instant.EPOCH,
          Instant.parse("-0001-01-01T00:00:00Z"),
          Instant.MAX);

  /** Each value in each place, beside every purpose. */
  static Stream<RunLabels> runs() {
    return Stream.of(Purpose.values())
        .flatMap(
            purpose ->
                TEXTS.stream()
                    .flatMap(
                        text ->
                            TICKS.stream()
                                .flatMap(
                                    tick ->
                                        Stream.of(
                                            run(purpose, text, null, null, null, tick),
                                            run(purpose, null, text, null, null, tick),
                                            run(purpose, null, null, text, null, tick),
                                            run(purpose, null, null, null, text, tick),
                                            run(purpose, text, text, text, text, tick)))));
  }

  private static RunLabels run(
      Purpose purpose,
      @Nullable String repository,
      @Nullable String policy,
      @Nullable String request,
      @Nullable String point,
      Instant tick) {
    return new RunLabels(
        "shop-db-backup-aaaaaaaaaaaa",
        purpose,
        repository == null ? "shop/" + LONGEST_NAME : repository,
        repository,
        policy,
        request,
        point,
        tick,
        Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @MethodSource("runs")
  void whatWasWrittenIsRead(RunLabels labels) {
    assertThat(JobLabels.read(job(labels))).contains(labels);
  }

  /** As the API server checks them. */
  @ParameterizedTest
  @MethodSource("runs")
  void everyLabelIsAValidOne(RunLabels labels) {
    assertThat(JobLabels.labels(labels))
        .containsEntry(JobLabels.MANAGED, labels.purpose().text())
        .allSatisfy(
            (key, value) -> {
              assertThat(key).matches("salvor\\.dev/[a-z-]+");
              assertThat(value)
                  .hasSizeBetween(1, 63)
                  .matches("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
            });
    assertThat(JobLabels.annotations(labels).keySet())
        .allMatch(key -> key.matches("salvor\\.dev/[a-z-]+"));
  }

  @Test
  void aUidIsSelectedByItselfAndAStoreByItsHash() {
    var labels =
        JobLabels.labels(
            run(Purpose.BACKUP, "shop/offsite", "uid-1", "uid-2", null, Instant.EPOCH));

    assertThat(labels)
        .containsEntry(JobLabels.POLICY, "uid-1")
        .containsEntry(JobLabels.REQUEST, "uid-2")
        .containsEntry(JobLabels.STORE, JobLabels.selectable("shop/offsite"));
    assertThat(JobLabels.selectable("shop/offsite"))
        .isNotEqualTo(JobLabels.selectable("shop/offsite2"));
  }

  @Test
  void whatIsNotThereHasNoLabel() {
    assertThat(JobLabels.labels(run(Purpose.PROBE, null, null, null, null, Instant.EPOCH)))
        .doesNotContainKeys(JobLabels.POLICY, JobLabels.REQUEST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"salvor.dev/store-key", "salvor.dev/tick", "salvor.dev/attempt"})
  void withoutOneOfTheseItIsNotReadable(String key) {
    var job = job(run(Purpose.BACKUP, null, null, null, null, Instant.EPOCH));
    var annotations = new HashMap<>(job.getMetadata().getAnnotations());
    annotations.remove(key);
    job.getMetadata().setAnnotations(annotations);

    assertThat(JobLabels.read(job)).isEmpty();
  }

  static Stream<Map<String, String>> foreign() {
    return Stream.of(
        Map.of("salvor.dev/tick", "yesterday"),
        Map.of("salvor.dev/attempt", "first"),
        Map.of("salvor.dev/attempt", ""));
  }

  @ParameterizedTest
  @MethodSource("foreign")
  void whatIsWrittenOtherwiseIsNotReadable(Map<String, String> changed) {
    var job = job(run(Purpose.BACKUP, null, null, null, null, Instant.EPOCH));
    var annotations = new HashMap<>(job.getMetadata().getAnnotations());
    annotations.putAll(changed);
    job.getMetadata().setAnnotations(annotations);

    assertThat(JobLabels.read(job)).isEmpty();
  }

  @Test
  void aPurposeOfANewerVersionIsNotReadable() {
    var job = job(run(Purpose.BACKUP, null, null, null, null, Instant.EPOCH));
    job.getMetadata().setLabels(Map.of(JobLabels.MANAGED, "mirror"));

    assertThat(JobLabels.read(job)).isEmpty();
  }

  @Test
  void aJobWithoutAnyIsNotReadable() {
    assertThat(
            JobLabels.read(new JobBuilder().withNewMetadata().withName("x").endMetadata().build()))
        .isEmpty();
  }

  @Test
  void whyItWasGivenUpIsRead() {
    var failure = Reason.UNSCHEDULABLE.failure("No node: \"0/3\"");
    var job = job(run(Purpose.BACKUP, null, null, null, null, Instant.EPOCH));

    assertThat(JobLabels.gaveUp(job)).isEmpty();
    job.getMetadata().getAnnotations().putAll(JobLabels.gaveUp(failure, Instant.EPOCH));
    assertThat(JobLabels.gaveUp(job)).contains(new JobLabels.GaveUp(failure, Instant.EPOCH));
    job.getMetadata().getAnnotations().put(JobLabels.GAVE_UP, "{}");
    assertThat(JobLabels.gaveUp(job)).isEmpty();
  }

  private static Job job(RunLabels labels) {
    return new JobBuilder()
        .withNewMetadata()
        .withName(labels.name())
        .withLabels(JobLabels.labels(labels))
        .withAnnotations(JobLabels.annotations(labels))
        .endMetadata()
        .build();
  }
}

package dev.salvor.operator;

import static dev.salvor.operator.Installation.says;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.api.Run;
import dev.salvor.plan.Conditions;
import dev.salvor.testing.JumpingClock;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whatever happens to operators: one run, one record, nothing lost, nothing done twice. */
class OperatorFaultsIT {
  private static final Duration LONG = Duration.ofSeconds(40);

  /** More than all writes that a backup and a restore need. */
  private static final int MOST_LIVES = 80;

  private static final String HOURLY = "schedule: {cron: '0 * * * *'}\n";

  private final Installation here = new Installation();
  private int changes;

  @AfterEach
  void end() {
    here.close();
  }

  /** Each operator does one write and is dead, so that there is a kill after every single one. */
  @Test
  void operatorsThatAreKilledAfterEveryWriteGetThereAllTheSame() {
    here.store("offsite", "");
    here.policy("shop-db", "offsite", "");
    here.backupRequest("now", "shop-db");
    var lives = livesUntil(this::isBackedUp);
    restore();
    lives += livesUntil(this::isAllDone);

    assertThat(lives).isGreaterThan(10);
    assertOneOfEach();
  }

  /** The claim is written first, the Job next: a death in between leaves a claim to go on with. */
  @Test
  void aClaimIsMadeOnceAndRestoredToOnceWhoeverDies() {
    here.store("offsite", "");
    here.policy("shop-db", "offsite", "");
    here.backupRequest("now", "shop-db");
    livesUntil(this::isBackedUp);
    restore("volume: {claim: copy, create: {size: 1Gi}}");
    livesUntil(this::isAllDone);

    assertOneOfEach();
    assertThat(here.client.persistentVolumeClaims().inNamespace(here.namespace).list().getItems())
        .extracting(claim -> claim.getMetadata().getName())
        .containsExactly("copy");
  }

  @Test
  void twoThatWorkAtOnceDoNothingTwice() {
    here.operator();
    here.operator();
    backUpAndRestore();

    assertOneOfEach();
    assertThat(here.events("Succeeded")).doesNotHaveDuplicates();
  }

  @Test
  void anApiServerThatFailsWritesAndForgetsWatchesIsOutlasted() {
    var hiccups = new Hiccups();
    here.through(hiccups);
    backUpAndRestore();

    assertOneOfEach();
    assertThat(hiccups.watches.get())
        .as("watches were begun anew")
        .isGreaterThan(hiccups.forgotten.size());
    assertThat(hiccups.writes.get()).isGreaterThan(10);
  }

  /** One tick is caught up, none runs twice, and none is missed afterwards. */
  @Test
  void aClockThatIsSetRunsNoTickTwice() throws InterruptedException {
    // The hour must not turn meanwhile: that would be a tick of its own.
    var now = LocalTime.now(ZoneOffset.UTC);
    if (now.getMinute() >= 58) {
      Thread.sleep(Duration.between(now, now.withMinute(59).withSecond(59)).plusSeconds(2));
    }
    var clock = new JumpingClock();
    here.operator(clock);
    here.store("offsite", "");
    here.policy("shop-db", "offsite", HOURLY);
    soon().until(() -> here.policy("shop-db").getStatus().repository() != null);

    set(clock, Duration.ofDays(1));
    soon().until(() -> runs("backup").size() == 1 && here.fakeJobs.jobs().isEmpty());
    set(clock, Duration.ZERO);
    var back = here.policy("shop-db").getStatus();
    set(clock, Duration.ofDays(1).plusHours(1));
    soon().until(() -> runs("backup").size() == 2 && here.fakeJobs.jobs().isEmpty());

    assertThat(here.fakeJobs.started()).doesNotHaveDuplicates();
    assertThat(back.recoveryPointsTotal()).isEqualTo(1);
    assertThat(here.policy("shop-db").getStatus().recoveryPointsTotal()).isEqualTo(2);
  }

  /** Sets it, and has it looked at: the policy is changed in what does not matter here. */
  private void set(JumpingClock clock, Duration ahead) {
    clock.jump(ahead);
    var changed = here.retries("shop-db", ++changes);
    soon()
        .until(
            () ->
                Objects.equals(
                    here.policy("shop-db").getStatus().observedGeneration(),
                    changed.getMetadata().getGeneration()));
  }

  /** A quota on Jobs or a policy of the cluster's owner would else be seen in logs alone. */
  @Test
  void aJobThatIsRefusedIsSaidInTheWordsOfWhatRefusesIt() {
    here.refuseJobs("Jobs only on weekdays");
    try {
      here.operator();
      here.store("offsite", "");

      soon()
          .untilAsserted(
              () ->
                  assertThat(here.events("RefusedByCluster"))
                      .singleElement(InstanceOfAssertFactories.STRING)
                      .startsWith("BackupStore: ")
                      .contains("Jobs only on weekdays"));
    } finally {
      here.allow();
    }
    soon().until(() -> !here.fakeJobs.started().isEmpty());
  }

  private void backUpAndRestore() {
    here.store("offsite", "");
    here.policy("shop-db", "offsite", "");
    here.backupRequest("now", "shop-db");
    soon().until(this::isBackedUp);
    restore();
    soon().until(this::isAllDone);
  }

  private void assertOneOfEach() {
    assertThat(runs("backup")).hasSize(1);
    assertThat(runs("restore")).hasSize(1);
    assertThat(here.policy("shop-db").getStatus().recoveryPointsTotal()).isEqualTo(1);
    assertThat(here.backupRequest("now").getStatus().recoveryPoint())
        .isEqualTo(
            Objects.requireNonNull(here.policy("shop-db").getStatus().lastSuccess())
                .recoveryPoint());
    assertThat(here.fakeJobs.started()).doesNotHaveDuplicates();
  }

  private int livesUntil(BooleanSupplier done) {
    var lives = 0;
    while (!done.getAsBoolean()) {
      assertThat(lives++).as("lives").isLessThan(MOST_LIVES);
      var cutOff = new CutOff(1);
      var mortal = here.through(cutOff);
      soon().until(() -> cutOff.isReached() || done.getAsBoolean());
      mortal.close();
    }
    return lives;
  }

  private void restore() {
    restore("postgres: {connection: {secretRef: {name: admin}}, database: copy}");
  }

  private void restore(String target) {
    here.restoreRequest(
        "beside",
        """
        source: {policyRef: {name: shop-db}, latest: {}}
        target: {%s}
        """
            .formatted(target));
  }

  private boolean isBackedUp() {
    return says(here.backupRequest("now").getStatus().conditions(), Conditions.READY)
            .equals("True Succeeded")
        && here.policy("shop-db").getStatus().lastSuccess() != null;
  }

  private boolean isAllDone() {
    return isBackedUp()
        && says(here.restoreRequest("beside").getStatus().conditions(), Conditions.READY)
            .equals("True Succeeded")
        && here.fakeJobs.jobs().isEmpty();
  }

  private List<Run> runs(String purpose) {
    return Objects.requireNonNullElse(here.policy("shop-db").getStatus().runs(), List.<Run>of())
        .stream()
        .filter(run -> run.purpose().equals(purpose))
        .toList();
  }

  private static ConditionFactory soon() {
    return await().atMost(LONG).pollInterval(Duration.ofMillis(100));
  }
}

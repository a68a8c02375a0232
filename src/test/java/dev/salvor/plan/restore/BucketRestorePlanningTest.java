package dev.salvor.plan.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Failure;
import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.plan.restore.BucketState.History;
import dev.salvor.plan.restore.BucketState.Manner;
import dev.salvor.plan.restore.BucketState.Presence;
import dev.salvor.plan.restore.FileRestorePlanning.Method;
import dev.salvor.task.Header;
import dev.salvor.task.Owner;
import dev.salvor.task.PointReference;
import dev.salvor.task.ProjectTarget;
import dev.salvor.task.RepositoryTarget;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.Task;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What stands in the way of a restore to a bucket. */
class BucketRestorePlanningTest {
  private Task.Existing existing = Task.Existing.REPLACE;
  private List<String> acknowledge = List.of();
  private Presence presence = Presence.FULL;
  private Manner manner = Manner.MIRRORED;
  private List<String> inTheWay = List.of();
  private long fitting = 10;
  private long unfitting;
  private History history = History.NONE;

  private BucketState state() {
    return new BucketState(
        presence,
        manner,
        inTheWay,
        fitting,
        unfitting,
        unfitting == 0 ? List.of() : List.of("a is no file"),
        history);
  }

  private List<Failure> obstacles() {
    var store =
        new StoreTarget("offsite", new StoreTarget.Directory("/s"), Initialize.NEVER, null, null);
    return BucketRestorePlanning.obstacles(
        new Task.RestoreSupabase(
            new Header("run", 1, Instant.EPOCH, 60, List.of()),
            new RepositoryTarget(store, "shop/p", new Owner("c", "shop", "p"), null, List.of()),
            new PointReference("20261122t020000z-abcdef", null),
            new ProjectTarget(null, List.of(), null, null),
            RolesMode.MISSING,
            existing,
            Task.Effect.CARRY_OUT,
            null,
            "uid-1",
            acknowledge,
            false),
        "bucket files",
        state());
  }

  private void acceptAll() {
    acknowledge =
        obstacles().stream().map(each -> each.message().replaceFirst(".*Token: ", "")).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "EMPTY, FILL, false",
    "BEGUN, GO_ON, true",
    "DONE, GO_ON, true",
    "FULL, REPLACE, false",
    "BEGUN_BY_OTHER, REPLACE, false",
    "MARKED, REPLACE, false"
  })
  void whatIsThereSaysHow(Presence there, Method method, boolean isBegun) {
    presence = there;

    assertThat(state().method()).isEqualTo(method);
    assertThat(state().isBegun()).isEqualTo(isBegun);
  }

  @ParameterizedTest
  @CsvSource({
    "EMPTY, false",
    "BEGUN, false",
    "DONE, false",
    "FULL, true",
    "BEGUN_BY_OTHER, true",
    "MARKED, true"
  })
  void whatIsThereIsReplacedOnlyWhereThatIsAskedFor(Presence there, boolean isRefused) {
    presence = there;
    existing = Task.Existing.REFUSE;

    assertThat(obstacles().stream().map(Failure::reason).anyMatch(Reason.TARGET_NOT_EMPTY::equals))
        .isEqualTo(isRefused);
  }

  /** Some objects alone: nothing goes, and so nothing need be accepted or kept. */
  @ParameterizedTest
  @EnumSource
  void whatIsAddedReplacesNothing(Presence there) {
    presence = there;
    manner = Manner.ADDED;
    existing = Task.Existing.REFUSE;

    assertThat(state().method()).isEqualTo(Method.FILL);
    assertThat(obstacles().stream().map(Failure::reason)).doesNotContain(Reason.TARGET_NOT_EMPTY);
  }

  /** Its end would be taken for that of the restore that was cut off. */
  @ParameterizedTest
  @EnumSource(names = {"BEGUN_BY_OTHER", "MARKED"})
  void nothingIsAddedToWhatIsHalfRestored(Presence there) {
    presence = there;
    manner = Manner.ADDED;

    assertThat(obstacles())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.TARGET_UNUSABLE);
              assertThat(failure.message()).contains("end that first").doesNotContain("Token");
            });
  }

  @ParameterizedTest
  @CsvSource({"BEGUN_BY_OTHER, says which)", "MARKED, was altered: remove it if"})
  void whatAnotherRequestBeganIsAccepted(Presence there, String said) {
    presence = there;

    assertThat(obstacles())
        .singleElement()
        .satisfies(
            failure -> {
              assertThat(failure.reason()).isEqualTo(Reason.ACKNOWLEDGEMENT_NEEDED);
              assertThat(failure.message()).contains("another request", ".salvor-restore/", said);
            });
    acceptAll();
    assertThat(obstacles()).isEmpty();
  }

  @Test
  void filesThatCanBeNoObjectsAreLeftOutOnlyWhereThatIsAccepted() {
    unfitting = 2;

    assertThat(obstacles())
        .singleElement()
        .satisfies(
            failure ->
                assertThat(failure.message())
                    .contains("2 files of Storage", "(a is no file)", "source.files: storage"));
    acceptAll();
    assertThat(obstacles()).isEmpty();
    assertThat(BucketRestorePlanning.leftOut("bucket files", state()))
        .containsExactly("storage: 2 files that can be no objects of a bucket: a is no file");
  }

  /** It would empty the bucket, and somebody would have accepted it. */
  @Test
  void aTreeOfWhichNothingIsBelowTheTenantIsRefused() {
    unfitting = 2;
    fitting = 0;

    assertThat(obstacles()).extracting(Failure::reason).containsExactly(Reason.INVALID_SPEC);
    unfitting = 0;
    assertThat(obstacles()).isEmpty();
  }

  @Test
  void aStoreIsNeverAmongWhatIsRemoved() {
    inTheWay = List.of("there is a store in it");
    existing = Task.Existing.REFUSE;

    assertThat(obstacles()).extracting(Failure::reason).containsExactly(Reason.TARGET_UNUSABLE);
  }

  @ParameterizedTest
  @CsvSource({"FULL, VERSIONS, 1", "EMPTY, VERSIONS, 0", "FULL, NONE, 0"})
  void whatABucketKeepsIsSaid(Presence there, History kept, int said) {
    presence = there;
    history = kept;

    assertThat(BucketRestorePlanning.leftOut("bucket files", state())).hasSize(said);
  }
}

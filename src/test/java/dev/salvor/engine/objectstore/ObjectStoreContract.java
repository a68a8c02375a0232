package dev.salvor.engine.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.salvor.api.Initialize;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What every kind of store holds to. */
abstract class ObjectStoreContract {
  private static final String CLAIM = "salvor-store.d/shop/db.init";
  private static final RepositoryClaim.Timing SHORT =
      new RepositoryClaim.Timing(
          Duration.ofMillis(50), Duration.ofSeconds(1), Duration.ofMillis(300));

  /** An empty place, the same one for one test. */
  abstract ObjectStore store();

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsNotThereIsEmpty() {
    assertThat(store().get("a/b.json")).isEmpty();
    assertThat(store().list("", 10)).isEmpty();
  }

  @Test
  void whatIsWrittenReadsBackAndIsReplaced() {
    store().put("a/b.json", bytes("one"));
    store().put("a/b.json", bytes("two"));

    assertThat(store().get("a/b.json")).contains(bytes("two"));
    assertThat(store().list("a/", 10)).containsExactly("a/b.json");
  }

  @Test
  void creatingLeavesWhatIsThere() {
    assertThat(store().create("a/b.json", bytes("one"))).isTrue();
    assertThat(store().create("a/b.json", bytes("two"))).isFalse();

    assertThat(store().get("a/b.json")).contains(bytes("one"));
  }

  @Test
  void deletingIsIdempotent() {
    store().put("a/b.json", bytes("one"));

    store().delete("a/b.json");
    store().delete("a/b.json");

    assertThat(store().get("a/b.json")).isEmpty();
  }

  @Test
  void listsByPrefixAndNoMoreThanAsked() {
    for (var number = 0; number < 5; number++) {
      store().put("a/" + number, bytes("x"));
    }
    store().put("b", bytes("x"));

    assertThat(store().list("a/", 3)).hasSize(3).allMatch(key -> key.startsWith("a/"));
    assertThat(store().list("", 10)).hasSize(6);
  }

  @Test
  void aKeyStaysWithinTheStore() {
    assertThat(fails(() -> store().get("../secret")).reason()).isEqualTo(Reason.INVALID_SPEC);
    assertThat(fails(() -> store().put("a//b", bytes("x"))).reason())
        .isEqualTo(Reason.INVALID_SPEC);
  }

  @Test
  void onlyAnEmptyPlaceBecomesAStoreAndOnlyWhenAllowed() {
    var root = new StoreRoot(store(), Clock.systemUTC());

    assertThat(fails(() -> root.requireOrMake(null, Initialize.NEVER)).reason())
        .isEqualTo(Reason.STORE_NOT_INITIALIZED);
    var made = root.requireOrMake(null, Initialize.IF_EMPTY);
    assertThat(root.requireOrMake(null, Initialize.IF_EMPTY)).isEqualTo(made);
    assertThat(root.require(made)).isEqualTo(made);
    assertThat(fails(() -> root.require("another")).reason()).isEqualTo(Reason.STORE_UNKNOWN);
  }

  /** The marker of the quicker one, and what it wrote, lie there when the slower one looks. */
  @Test
  void ofTwoThatMakeAStoreAtOnceBothHaveIt() {
    var quick = new StoreRoot(store(), Clock.systemUTC());
    var overtaken =
        (ObjectStore)
            Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(),
                new Class<?>[] {ObjectStore.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("list")) {
                    quick.requireOrMake(null, Initialize.IF_EMPTY);
                    store().put("shop/db/config", bytes("x"));
                  }
                  return method.invoke(store(), arguments);
                });
    var slow = new StoreRoot(overtaken, Clock.systemUTC());

    assertThat(slow.requireOrMake(null, Initialize.IF_EMPTY)).isEqualTo(quick.id().orElseThrow());
  }

  @Test
  void aPlaceInUseIsNotMadeAStore() {
    store().put("photos/1.jpg", bytes("x"));
    var root = new StoreRoot(store(), Clock.systemUTC());

    assertThat(fails(() -> root.requireOrMake(null, Initialize.IF_EMPTY)).reason())
        .isEqualTo(Reason.STORE_UNKNOWN);
    assertThat(store().get(StoreMarker.KEY)).isEmpty();
  }

  @Test
  void aMarkerThatCannotBeReadIsNoEmptyPlace() {
    store().put(StoreMarker.KEY, bytes("half a mar"));
    var root = new StoreRoot(store(), Clock.systemUTC());

    assertThat(fails(() -> root.requireOrMake(null, Initialize.IF_EMPTY)).reason())
        .isEqualTo(Reason.STORE_UNKNOWN);
  }

  @Test
  void aProbeLeavesNothing() {
    var root = new StoreRoot(store(), Clock.systemUTC());

    assertThat(root.probe("run-1")).isTrue();

    assertThat(store().list("", 10)).isEmpty();
  }

  @Test
  void oneRunMakesARepository() {
    var root = new StoreRoot(store(), Clock.systemUTC(), SHORT);

    var inner =
        root.whileClaimed(
            "shop/db", "run-1", () -> fails(() -> root.whileClaimed("shop/db", "run-2", () -> 1)));

    assertThat(inner.reason()).isEqualTo(Reason.REPOSITORY_LOCKED);
    assertThat(inner.failure().message()).contains("run-1");
    assertThat(root.whileClaimed("shop/db", "run-3", () -> 3)).isEqualTo(3);
  }

  @Test
  void theClaimOfADeadRunIsTakenOver() {
    var root = new StoreRoot(store(), Clock.systemUTC(), SHORT);
    store().put(CLAIM, bytes("{\"run\":\"dead\",\"holder\":\"x\",\"renewals\":7}"));

    assertThat(root.whileClaimed("shop/db", "run-2", () -> 2)).isEqualTo(2);
    assertThat(store().list("", 10)).isEmpty();
  }

  @Test
  void ofTwoThatTakeOverAtOnceOneGoesOn() throws InterruptedException {
    store().put(CLAIM, bytes("{\"run\":\"dead\",\"holder\":\"x\",\"renewals\":7}"));
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(2)) {
      for (var run : List.of("run-1", "run-2")) {
        threads.execute(
            () ->
                new StoreRoot(store(), Clock.systemUTC(), SHORT)
                    .whileClaimed(
                        "shop/db",
                        run,
                        () -> {
                          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                          LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
                          return inside.decrementAndGet();
                        }));
      }
    }

    assertThat(most).hasValue(1);
  }

  /** It was cut off from the store for long, and another run makes the repository meanwhile. */
  @Test
  void whoeverLostItsClaimIsStopped() {
    var root = new StoreRoot(store(), Clock.systemUTC(), SHORT);
    var another = bytes("{\"run\":\"another\",\"holder\":\"y\",\"renewals\":0}");

    var stopped =
        root.whileClaimed(
            "shop/db",
            "run-1",
            () -> {
              store().put(CLAIM, another);
              LockSupport.parkNanos(Duration.ofSeconds(10).toNanos());
              return Thread.currentThread().isInterrupted();
            });

    assertThat(stopped).isTrue();
    assertThat(Thread.interrupted()).isTrue();
    assertThat(store().get(CLAIM)).as("is not ours to delete").contains(another);
  }

  /** The next attempt of a run that was ended in the middle waits for nobody. */
  @Test
  void aRunThatIsEndedGivesItsClaimBack() {
    var root = new StoreRoot(store(), Clock.systemUTC(), SHORT);

    root.whileClaimed(
        "shop/db",
        "run-1",
        () -> {
          Thread.currentThread().interrupt();
          return 1;
        });

    assertThat(Thread.interrupted()).as("who ended it is heard further on").isTrue();
    assertThat(store().list("", 10)).isEmpty();
  }

  @Test
  void aKilledInitLeavesKeysAndNothingElse() {
    var root = new StoreRoot(store(), Clock.systemUTC());
    var key = "1cfa53fc".repeat(8);
    store().put("shop/db/keys/" + key, bytes("x"));
    store().put("shop/db/keys/config", bytes("of the repository shop/db/keys"));

    assertThat(root.holdsDataAt("shop/db")).isFalse();
    root.putAbortedInitAside("shop/db");
    assertThat(store().list("", 10))
        .containsExactlyInAnyOrder("shop/db/keys/config", "salvor-store.d/shop/db.aborted/" + key);

    for (var part : List.of("config", "data/00/00ab", "index/12", "snapshots/12")) {
      store().put("shop/db/" + part, bytes("x"));
      assertThat(root.holdsDataAt("shop/db")).as(part).isTrue();
      store().delete("shop/db/" + part);
    }
  }

  @Test
  void aRepositoryIsRemembered() {
    var root = new StoreRoot(store(), Clock.systemUTC());

    root.remember("shop/db", "r1", "digest", "c/shop/db");

    assertThat(root.repository("shop/db").orElseThrow().id()).isEqualTo("r1");
    assertThat(root.repository("shop/other")).isEmpty();
    assertThat(root.holdsDataAt("shop/db")).isFalse();
  }

  static EngineException fails(Runnable work) {
    return Objects.requireNonNull(catchThrowableOfType(EngineException.class, work::run));
  }
}

package dev.salvor.local.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.BackupPolicy;
import dev.salvor.api.Json;
import dev.salvor.api.RecoveryPoint;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.local.manifest.ResourceKey;
import dev.salvor.plan.Announcement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourceStoreTest {
  private static final ResourceKey KEY = new ResourceKey("BackupStore", "shop", "offsite");
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-22T18:00:00.123Z"), ZoneOffset.UTC);

  @TempDir private Path temporary;
  private StateFolder state;
  private ResourceStore store;

  @BeforeEach
  void open() {
    state = StateFolder.host(temporary.resolve("state"));
    store = new ResourceStore(state, CLOCK);
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void givesWhatAnApiServerGives() {
    var accepted = store.accept(KEY, manifest("/mnt/a"));

    assertThat(accepted.uid()).hasSize(36);
    assertThat(accepted.generation()).isEqualTo(1);
    assertThat(accepted.json().at("/metadata/creationTimestamp").asText())
        .isEqualTo("2026-11-22T18:00:00Z");
    assertThat(accepted.status().toString()).isEqualTo("{\"observedGeneration\":-1}");
  }

  @Test
  void whatIsToldIsKeptOnceAndTheNewestOfIt() throws IOException {
    var first = store.accept(KEY, manifest("/mnt/a"));
    store.tell(KEY, List.of());
    assertThat(temporary.resolve("state/events")).isEmptyDirectory();
    store.tell(KEY, List.of(told("a"), told("b")));
    store.tell(KEY, List.of(told("b"))); // as after a kill
    assertThat(ResourceStore.events(state, KEY, first.uid()))
        .extracting(event -> event.path("message").asText())
        .containsExactly("told a", "told b");
    assertThat(ResourceStore.events(state, KEY, first.uid()).getFirst().toString())
        .contains("\"type\":\"Warning\"", "\"eventTime\":\"2026-11-22T18:00:00Z\"");

    IntStream.range(0, EventBook.MOST).forEach(n -> store.tell(KEY, List.of(told("later " + n))));
    assertThat(ResourceStore.events(state, KEY, first.uid()))
        .hasSize(EventBook.MOST)
        .extracting(event -> event.path("message").asText())
        .startsWith("told later 0");

    var file = temporary.resolve("state/events/BackupStore/shop/offsite.json");
    var kept = Files.readString(file);
    Files.writeString(file, "[");
    assertThat(ResourceStore.events(state, KEY, first.uid())).as("hinders nobody").isEmpty();
    store.tell(KEY, List.of(told("again")));
    assertThat(ResourceStore.events(state, KEY, first.uid())).hasSize(1);

    store.remove(KEY);
    assertThat(file).doesNotExist();
    Files.writeString(file, kept);
    var second = store.accept(KEY, manifest("/mnt/a"));
    assertThat(ResourceStore.events(state, KEY, second.uid())).as("another's").isEmpty();
  }

  private static Announcement told(String key) {
    return new Announcement(key, Announcement.Type.WARNING, "Reason", "Judge", "told " + key);
  }

  /** As a newer version left it: what this one does not know is passed over, and nothing lost. */
  @Test
  void aStateOfAnotherVersionIsGoneOnWith() throws IOException {
    var policy = new ResourceKey("BackupPolicy", "shop", "shop-db");
    var folder = Files.createDirectories(state.resources().resolve("BackupPolicy/shop"));
    Files.copy(
        Path.of("src/test/resources/state/policy-of-a-newer-version.json"),
        folder.resolve("shop-db.json"));

    store = new ResourceStore(state, CLOCK);
    var found = store.find(policy).orElseThrow();
    var status = Objects.requireNonNull(found.as(BackupPolicy.class).getStatus());
    assertThat(found.uid()).isEqualTo("0c5ad8be-0f4c-4a52-9a4e-3a3e4d6f1a11");
    assertThat(status.recoveryPoints()).extracting(RecoveryPoint::id).containsExactly("a", "b");
    assertThat(status.recoveryPoints())
        .extracting(RecoveryPoint::verdict)
        .containsExactly(VerdictOutcome.UNKNOWN, VerdictOutcome.VERIFIED);
    assertThat(Objects.requireNonNull(status.ticks()).backup()).isEqualTo("2026-11-22T02:00:00Z");

    // Nothing is written until something is to be said.
    var before = Files.readString(folder.resolve("shop-db.json"));
    store.accept(policy, found.json().deepCopy());
    assertThat(folder.resolve("shop-db.json")).hasContent(before);
  }

  @Test
  void risesTheGenerationWithTheSpecAlone() {
    var first = store.accept(KEY, manifest("/mnt/a"));
    var labelled = manifest("/mnt/a");
    labelled.withObject("/metadata/labels").put("team", "shop");

    assertThat(store.accept(KEY, labelled).generation()).isEqualTo(1);
    assertThat(store.find(KEY).orElseThrow().json().at("/metadata/labels/team").asText())
        .isEqualTo("shop");
    var changed = store.accept(KEY, manifest("/mnt/b"));

    assertThat(changed.generation()).isEqualTo(2);
    assertThat(changed.uid()).isEqualTo(first.uid());
    assertThat(store.accept(KEY, manifest("/mnt/b")).generation()).isEqualTo(2);
  }

  @Test
  void aNewVersionKeepsTheStatus() {
    store.accept(KEY, manifest("/mnt/a"));
    store.writeStatus(KEY, json("{\"storeId\": \"abc\"}"));

    store.accept(KEY, manifest("/mnt/b"));

    assertThat(store.find(KEY).orElseThrow().status().path("storeId").asText()).isEqualTo("abc");
  }

  @Test
  void anotherOfTheSameNameIsNew() {
    var first = store.accept(KEY, manifest("/mnt/a"));
    store.writeStatus(KEY, json("{\"storeId\": \"abc\"}"));
    store.remove(KEY);
    assertThat(store.find(KEY)).isEmpty();

    var second = store.accept(KEY, manifest("/mnt/a"));

    assertThat(second.uid()).isNotEqualTo(first.uid());
    assertThat(second.generation()).isEqualTo(1);
    assertThat(second.status().has("storeId")).isFalse();
  }

  @Test
  void isTheSameAfterARestart() {
    store.accept(KEY, manifest("/mnt/a"));
    store.writeStatus(KEY, json("{\"storeId\": \"abc\"}"));
    var before = store.all();

    assertThat(new ResourceStore(state, CLOCK).all()).containsExactlyElementsOf(before);
    assertThat(ResourceStore.readAll(state.resources())).containsExactlyElementsOf(before);
  }

  @Test
  void writesNothingWhereNothingChanged() throws IOException {
    store.accept(KEY, manifest("/mnt/a"));
    var file = state.resources().resolve("BackupStore/shop/offsite.json");
    var before = Files.getAttribute(file, "unix:ino");

    store.accept(KEY, manifest("/mnt/a"));
    store.writeStatus(KEY, json("{\"observedGeneration\": -1}"));

    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(before);
  }

  @Test
  void oneThatWasNeverAcceptedGetsItsUidWhenItIs() {
    var refused = store.refuse(KEY, "salvor.dev/v1alpha1");
    assertThat(refused.accepted()).isFalse();
    assertThat(store.previous(KEY)).isEmpty();
    store.writeStatus(KEY, json("{\"conditions\": []}"));

    var accepted = store.accept(KEY, manifest("/mnt/a"));

    assertThat(accepted.accepted()).isTrue();
    assertThat(accepted.generation()).isEqualTo(1);
  }

  @Test
  void oneThatWasAcceptedStaysWhenItsNextVersionIsRefused() {
    var accepted = store.accept(KEY, manifest("/mnt/a"));

    assertThat(store.refuse(KEY, "salvor.dev/v1alpha1")).isEqualTo(accepted);
  }

  private static ObjectNode manifest(String path) {
    return json(
        """
        {"apiVersion": "salvor.dev/v1alpha1", "kind": "BackupStore",
         "metadata": {"name": "offsite", "namespace": "shop"},
         "spec": {"folder": {"path": "%s"}}}
        """
            .formatted(path));
  }

  private static ObjectNode json(String text) {
    try {
      return (ObjectNode) Json.mapper().readTree(text);
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }
}

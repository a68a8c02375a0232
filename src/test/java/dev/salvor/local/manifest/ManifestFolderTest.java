package dev.salvor.local.manifest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.DumpFormat;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.PostgresSource;
import dev.salvor.local.manifest.Manifests.Note;
import dev.salvor.local.manifest.Manifests.Refusal;
import dev.salvor.local.manifest.Manifests.Resource;
import io.fabric8.kubernetes.client.CustomResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestFolderTest {
  private static final Path VALID = Path.of("src/test/resources/valid");
  private static final ManifestFolder READER = new ManifestFolder(ManifestSchema.packaged());
  private static final ResourceKey REQUEST = new ResourceKey("BackupRequest", "default", "now");
  private static final String BACKUP_REQUEST =
      """
      apiVersion: salvor.dev/v1alpha1
      kind: BackupRequest
      metadata: {name: now}
      spec: {policyRef: {name: shop-db}}
      """;
  private static final String SECRET =
      """
      apiVersion: v1
      kind: Secret
      metadata: {name: key, namespace: shop}
      data: {password: aHVudGVyMg==, both: b2xk}
      stringData: {both: new, user: app}
      """;

  @TempDir private Path folder;

  @Test
  void readsEveryKindWithDefaults() throws IOException {
    var manifests = READER.read(VALID, key -> Optional.empty());

    assertThat(manifests.refusals()).isEmpty();
    assertThat(manifests.stores()).hasSize(3);
    assertThat(manifests.policies()).hasSize(16);
    assertThat(manifests.backupRequests()).hasSize(1);
    assertThat(manifests.restoreRequests()).hasSize(11);
    var smallest = named(manifests.policies(), "smallest");
    assertThat(smallest.value().getSpec().deadline()).isEqualTo("12h");
    assertThat(smallest.value().getSpec().retries()).isEqualTo(3);
    assertThat(smallest.value().getSpec().verification()).isNull();
    assertThat(smallest.value().getStatus()).isNull();
    assertThat(smallest.value().getSpec().source().kind())
        .isInstanceOfSatisfying(
            PostgresSource.class,
            postgres -> {
              assertThat(postgres.dump()).isEqualTo(DumpFormat.STREAM);
              assertThat(postgres.globals()).isEqualTo(GlobalsMode.INCLUDE);
            });
    var full = named(manifests.policies(), "shop-db");
    assertThat(full.json().at("/spec/schedule/timeZone").asText()).isEqualTo("America/Sao_Paulo");
    assertThat(full.json().at("/spec/maintenance/schedule/timeZone").asText()).isEqualTo("UTC");
    assertThat(full.json().at("/spec/verification/checks/1/timeout").asText()).isEqualTo("1m");
    assertThat(full.value().getSpec().retries()).isZero();
    assertThat(full.value().getSpec().acknowledge()).isNull();
  }

  @Test
  void takesTheDefaultNamespaceAndCountsDocuments() throws IOException {
    write("a.yaml", "---\n# nothing\n---\n" + BACKUP_REQUEST);
    write("ignored.txt", "{");
    write(".hidden.yaml", "{");

    var manifests = read();

    assertThat(manifests.refusals()).isEmpty();
    var request = manifests.backupRequests().getFirst();
    assertThat(request.key()).isEqualTo(REQUEST);
    assertThat(request.value().getMetadata().getNamespace()).isEqualTo("default");
    assertThat(request.origin()).isEqualTo(new Origin(folder.resolve("a.yaml"), 2));
  }

  @Test
  void ignoresOtherKindsWithANote() throws IOException {
    write("a.yml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n" + BACKUP_REQUEST);

    var manifests = read();

    assertThat(manifests.refusals()).isEmpty();
    assertThat(manifests.resources()).hasSize(1);
    assertThat(manifests.notes())
        .containsExactly(
            new Note(
                new Origin(folder.resolve("a.yml"), 1),
                "kind ConfigMap is not for Salvor and is ignored"));
  }

  @Test
  void refusesASpellingErrorInAKindOfSalvor() throws IOException {
    write("a.yaml", BACKUP_REQUEST.replace("BackupRequest", "BackupRequests"));
    write("b.yaml", BACKUP_REQUEST.replace("v1alpha1", "v1"));

    assertThat(texts(read()))
        .containsExactly("kind: no such kind", "apiVersion: must be salvor.dev/v1alpha1");
  }

  @Test
  void readsASecretThatOnlyItsOwnerMayRead() throws IOException {
    write("secret.yaml", SECRET);
    permissions("secret.yaml", "rw-------");

    var secret = read().secrets().getFirst().value();

    assertThat(secret.values()).containsOnlyKeys("password", "both", "user");
    assertThat(value(secret, "password")).isEqualTo("hunter2");
    assertThat(value(secret, "both")).isEqualTo("new");
    assertThat(secret.toString()).isEqualTo("Secret shop/key [both, password, user]");
    assertThat(secret.values().toString()).doesNotContain("hunter2");
  }

  private static String value(SecretManifest secret, String key) throws IOException {
    var value = Objects.requireNonNull(secret.values().get(key));
    return new String(value.read(Map.of("SHOP_PASSWORD", "of the environment")), UTF_8);
  }

  @Test
  void givesCopiesOfSecretValues() throws IOException {
    write("secret.yaml", SECRET);
    permissions("secret.yaml", "rw-------");
    var secret = read().secrets().getFirst().value();

    Objects.requireNonNull(secret.values().get("user")).read(Map.of())[0] = 'X';

    assertThat(value(secret, "user")).isEqualTo("app");
  }

  /** It holds no value, so it may stand in Git; the file is read when a run needs it. */
  @Test
  void takesValuesFromFilesAndTheEnvironment() throws IOException {
    var file = folder.resolve("password");
    write("secret.yaml", fromElsewhere("file:" + file, "env:SHOP_PASSWORD"));
    permissions("secret.yaml", "rw-r--r--");

    var secret = read().secrets().getFirst().value();

    assertThatThrownBy(() -> value(secret, "one")).hasMessage("there is no file " + file);
    Files.writeString(file, "of a file");
    assertThat(value(secret, "one")).isEqualTo("of a file");
    assertThat(value(secret, "other")).isEqualTo("of the environment");
    var other = Objects.requireNonNull(secret.values().get("other"));
    assertThatThrownBy(() -> other.read(Map.of())).hasMessageContaining("SHOP_PASSWORD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:relative", "file:", "env:", "env:A-B", "vault:x", "/run/secrets/x"})
  void refusesAPlaceThatIsNone(String place) throws IOException {
    write("secret.yaml", fromElsewhere(place, "env:SHOP_PASSWORD"));

    assertThat(texts(read()))
        .containsExactly(
            "metadata.annotations[from.salvor.dev/one]: must be file:/an/absolute/path or"
                + " env:A_VARIABLE");
  }

  @Test
  void refusesAValueThatIsWrittenAndTakenFromElsewhere() throws IOException {
    write("secret.yaml", fromElsewhere("env:ONE", "env:OTHER") + "stringData: {one: written}\n");
    permissions("secret.yaml", "rw-------");

    assertThat(texts(read())).singleElement().asString().contains("'one' is also written");
  }

  private static String fromElsewhere(String one, String other) {
    return """
    apiVersion: v1
    kind: Secret
    metadata:
      name: key
      namespace: shop
      annotations: {from.salvor.dev/one: "%s", from.salvor.dev/other: "%s"}
    """
        .formatted(one, other);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--"})
  void refusesASecretThatOthersMayRead(String permissions) throws IOException {
    write("secret.yaml", BACKUP_REQUEST + "---\n" + SECRET);
    permissions("secret.yaml", permissions);

    var manifests = read();

    assertThat(manifests.secrets()).isEmpty();
    assertThat(manifests.resources()).hasSize(1);
    assertThat(texts(manifests))
        .containsExactly("a Secret in a file that others may read: chmod 600 it");
    assertThat(manifests.refusals().getFirst().origin().document()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data: {a: '!hunter2'}",
        "data: hunter2",
        "data: {a: 4711002}",
        "stringData: {a: [hunter2]}",
        "stringData: {a: *hunter2}",
        "stringData: {a: !hunter2 b}",
        "stringData: {a: 'hunter2}",
        "stringData: {a: hunter2: 4711002}",
        "stringData: {a: hunter2, a: 4711002}",
        "stringData: {'ä': hunter2}",
        "stringData: {a: \"hunter2\\q\"}",
        "%hunter2 4711002\n---\na: b",
        "stringData: &hunter2 {a: b}\ndata: &hunter2 !!binary hunter2",
      })
  void saysNothingOfASecretsValues(String rest) throws IOException {
    write("s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n" + rest + "\n");
    permissions("s.yaml", "rw-------");

    var manifests = read();

    assertThat(manifests.refusals()).isNotEmpty();
    assertThat(manifests.toString()).doesNotContain("hunter2", "4711002");
  }

  @Test
  void refusesBothOfTwoWithOneName() throws IOException {
    write("a.yaml", BACKUP_REQUEST);
    write("b.yaml", BACKUP_REQUEST + "---\n" + BACKUP_REQUEST);

    var manifests = read();

    assertThat(manifests.resources()).isEmpty();
    assertThat(manifests.refusals())
        .extracting(refusal -> refusal.origin().toString(), Refusal::key)
        .containsExactlyInAnyOrder(
            tuple("a.yaml (document 1)"),
            tuple("b.yaml (document 1)"),
            tuple("b.yaml (document 2)"));
    assertThat(texts(manifests)).allMatch(text -> text.startsWith("metadata.name: also written"));
  }

  private Tuple tuple(String origin) {
    return Tuple.tuple(folder + "/" + origin, REQUEST);
  }

  @Test
  void readsTheOthersWhenOneFileIsBroken() throws IOException {
    write("a.yaml", "a: [");
    write("b.yaml", BACKUP_REQUEST);
    write("c.yaml", "just text");
    Files.createSymbolicLink(folder.resolve("d.yaml"), folder.resolve("nowhere"));

    var manifests = read();

    assertThat(manifests.resources()).hasSize(1);
    assertThat(manifests.refusals())
        .extracting(refusal -> refusal.origin().file().getFileName().toString())
        .containsExactly("a.yaml", "c.yaml", "d.yaml");
    assertThat(texts(manifests).getFirst()).isEqualTo("not YAML at line 1, column 5");
  }

  @Test
  void throwsWhenThereIsNoFolder() {
    assertThatThrownBy(() -> READER.read(folder.resolve("x"), key -> Optional.empty()))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void neverTakesASlipForADeletion() throws IOException {
    assertThat(read().isGone(REQUEST)).isTrue();
    write("a.yaml", BACKUP_REQUEST);
    assertThat(read().isGone(REQUEST)).isFalse();
    write("a.yaml", BACKUP_REQUEST.replace("policyRef", "policyReff"));
    assertThat(read().isGone(REQUEST)).isFalse();
    assertThat(read().isGone(new ResourceKey("BackupRequest", "shop", "now"))).isTrue();
    write("a.yaml", "{");
    assertThat(read().isGone(REQUEST)).isFalse();
  }

  @Test
  void comparesWithThePreviousVersion() throws IOException {
    write("a.yaml", BACKUP_REQUEST);
    var before = read().backupRequests().getFirst();
    ManifestFolder.PreviousVersions previous = key -> Optional.of(before.json());
    assertThat(READER.read(folder, previous).refusals()).isEmpty();

    write("a.yaml", BACKUP_REQUEST.replace("shop-db", "other"));

    assertThat(texts(READER.read(folder, previous)))
        .containsExactly("spec: a BackupRequest cannot change: make another");
  }

  @Test
  void leavesOutTheStatusOfAManifest() throws IOException {
    write("a.yaml", BACKUP_REQUEST + "status: {observedGeneration: 7, nonsense: 1}\n");

    ObjectNode json = read().backupRequests().getFirst().json();

    assertThat(json.has("status")).isFalse();
  }

  private Manifests read() throws IOException {
    return READER.read(folder, key -> Optional.empty());
  }

  private void write(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  private void permissions(String name, String permissions) throws IOException {
    Files.setPosixFilePermissions(
        folder.resolve(name), PosixFilePermissions.fromString(permissions));
  }

  private static List<String> texts(Manifests manifests) {
    return manifests.refusals().stream().map(refusal -> refusal.violation().toString()).toList();
  }

  private static <R extends CustomResource<?, ?>> Resource<R> named(
      List<Resource<R>> resources, String name) {
    return resources.stream()
        .filter(resource -> resource.key().name().equals(name))
        .findFirst()
        .orElseThrow();
  }
}

package dev.salvor.e2e;

import static dev.salvor.e2e.Shop.OWN;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Some of the planted defects again, where pods meet them. None may come out as proven. */
@Tag("cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamageE2E {
  /**
   * What is done to a backup, and what its verification must say.
   *
   * @param verification of the policy, in YAML
   */
  record Defect(
      String name,
      String verification,
      BiConsumer<S3Client, DamageE2E> damage,
      String outcome,
      String reason) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final Shop shop;
  private final ClusterBucket bucket;

  DamageE2E(InstalledSalvor salvor) {
    this.shop = new Shop(salvor, "damage");
    this.bucket = salvor.bucket();
  }

  static List<Defect> defects() {
    return List.of(
        new Defect(
            "flipped",
            "",
            (s3, story) -> story.flip(s3, story.largest(s3, "flipped/data/")),
            "Refuted",
            "StoreDamaged"),
        new Defect(
            "deleted",
            "",
            (s3, story) -> story.delete(s3, story.largest(s3, "deleted/data/")),
            "Refuted",
            "StoreDamaged"),
        new Defect(
            "no-snapshots",
            "",
            (s3, story) ->
                story
                    .objects(s3, "no-snapshots/snapshots/")
                    .forEach(each -> story.delete(s3, each)),
            "Unproven",
            "NoMatchingRecoveryPoint"),
        new Defect(
            "no-key",
            "",
            (s3, story) ->
                story.objects(s3, "no-key/keys/").forEach(each -> story.delete(s3, each)),
            "Unproven",
            "WrongPassword"),
        check("says-no", "select count(*) from orders", "Refuted", "CheckFailed"),
        check("asks-wrongly", "select count(*) from no_such_table", "Unproven", "CheckErrored"));
  }

  private static Defect check(String name, String query, String outcome, String reason) {
    return new Defect(
        name,
        "verification: {checks: [{name: check, sql: {query: '%s', expect: '1'}}]}".formatted(query),
        (s3, story) -> {},
        outcome,
        reason);
  }

  @BeforeAll
  void backUpDamageAndVerify() {
    shop.store("offsite", bucket.endpoint(), "offsite-s3", "limits: {concurrentRuns: 8}");
    for (var defect : defects()) {
      shop.policy(defect.name(), OWN, "offsite", defect.verification());
      shop.requestBackup(defect.name());
    }
    try (var s3 = bucket.client()) {
      for (var defect : defects()) {
        shop.awaitWord(defect.name(), "Succeeded");
        defect.damage().accept(s3, this);
        shop.restore(defect.name(), "{sandbox: {}}", "");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("defects")
  void isRefused(Defect defect) {
    var condition = shop.awaitRestore(defect.name(), defect.outcome());

    assertThat(condition.path("message").asText()).isNotBlank();
    var request = shop.resource("restorerequest", defect.name());
    assertThat(request.at("/status/verdict/outcome").asText()).isEqualTo(defect.outcome());
    assertThat(request.at("/status/verdict/reason").asText()).isEqualTo(defect.reason());
    shop.awaitRun(defect.name(), "verify");
    var policy = shop.resource("backuppolicy", defect.name());
    assertThat(policy.at("/status/lastVerifiedRestore/recoveryPoint").asText())
        .as("maintenance may have mended the repository since, and a newer point been proven")
        .isNotEqualTo(request.at("/status/resolved/recoveryPoint").asText());
  }

  private List<S3Object> objects(S3Client s3, String below) {
    var prefix = "%1$s/offsite/%1$s/%2$s".formatted(shop.namespace(), below);
    var objects =
        s3.listObjectsV2(request -> request.bucket(bucket.bucket()).prefix(prefix)).contents();
    assertThat(objects).as(prefix).isNotEmpty();
    return objects;
  }

  private S3Object largest(S3Client s3, String below) {
    return objects(s3, below).stream().max(Comparator.comparing(S3Object::size)).orElseThrow();
  }

  private void delete(S3Client s3, S3Object object) {
    s3.deleteObject(request -> request.bucket(bucket.bucket()).key(object.key()));
  }

  private void flip(S3Client s3, S3Object object) {
    var bytes =
        s3.getObjectAsBytes(request -> request.bucket(bucket.bucket()).key(object.key()))
            .asByteArray();
    bytes[bytes.length / 2] ^= 1;
    s3.putObject(
        request -> request.bucket(bucket.bucket()).key(object.key()), RequestBody.fromBytes(bytes));
  }
}

package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.JobTemplate;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.VolumeMode;
import dev.salvor.api.VolumeSource;
import dev.salvor.plan.ClaimView.Phase;
import dev.salvor.plan.ClaimView.Snapshots;
import dev.salvor.plan.ClaimView.User;
import dev.salvor.plan.ClaimView.Workload;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a backup or a restore may count on whose claims' users are scaled to zero. */
class ScalingPlanningTest {
  private static final JobTemplate.Toleration SHOP =
      new JobTemplate.Toleration("shop", "Exists", null, "NoSchedule", null);
  private static final Workload WEB = new Workload(Workload.Kind.STATEFUL_SET, "web");

  private static User pod(String name, String node, @Nullable Workload workload) {
    return new User(name, node, List.of(SHOP), null, workload);
  }

  private static ClaimView claim(String name, String mode, User... users) {
    return new ClaimView(
        name,
        Phase.BOUND,
        VolumeMode.FILESYSTEM,
        List.of(mode),
        "10Gi",
        "fast",
        List.of(users),
        Snapshots.NONE);
  }

  private static ClaimChoice read(String more, ClaimView... claims) throws Exception {
    var names = List.of(claims).stream().map(ClaimView::name).toList();
    return ClaimChoice.toRead(
        Json.yaml().readValue("{claims: {names: " + names + "}, " + more + "}", VolumeSource.class),
        List.of(claims));
  }

  private static ClaimChoice write(String more, String spec, ClaimView claim) throws Exception {
    var request =
        Json.yaml()
            .readValue(
                """
                source: {policyRef: {name: files}, latest: {}}
                target: {volume: {claim: %s%s}}
                %s
                """
                    .formatted(claim.name(), more, spec),
                RestoreRequestSpec.class);
    return ClaimChoice.toWrite(
        request, Objects.requireNonNull(request.target().volume()), claim, null);
  }

  private static Footing footing(ClaimChoice choice) {
    assertThat(choice).isInstanceOf(ClaimChoice.Chosen.class);
    return ((ClaimChoice.Chosen) choice).footing();
  }

  private static String refused(ClaimChoice choice, Reason reason) {
    assertThat(choice).isInstanceOf(ClaimChoice.Unavailable.class);
    var failure = ((ClaimChoice.Unavailable) choice).failure();
    assertThat(failure.reason()).isEqualTo(reason);
    return failure.message();
  }

  /** Where its pods were is no matter when they are gone, but what their node is like is. */
  @Test
  void claimsOfSeveralNodesAndOfOnePodAreRead() throws Exception {
    var footing =
        footing(
            read(
                "scaleToZero: true",
                claim("uploads", "ReadWriteOnce", pod("web-0", "node-1", WEB)),
                claim("avatars", "ReadWriteOncePod", pod("web-1", "node-2", WEB))));

    assertThat(footing.scaledToZero()).containsExactly("avatars", "uploads");
    assertThat(footing.node()).isNull();
    assertThat(footing.tolerations()).containsExactly(SHOP);
  }

  /** While other nodes read, nobody would see who begins to use what they have read. */
  @Test
  void volumesOfSeveralNodesAreRefusedBeforeAnythingIsDown() throws Exception {
    assertThat(
            refused(
                read("scaleToZero: true", local("data-0", "node-1"), local("data-1", "node-2")),
                Reason.CLAIM_UNUSABLE))
        .contains("nodes node-1, node-2", "a policy for each");
    assertThat(footing(read("scaleToZero: true", local("data-0", "node-1"))).node())
        .isEqualTo("node-1");
  }

  private static ClaimView local(String name, String home) {
    return new ClaimView(
        name,
        Phase.BOUND,
        VolumeMode.FILESYSTEM,
        List.of("ReadWriteOnce"),
        "10Gi",
        "local",
        List.of(pod("web-" + name, home, WEB)),
        home,
        Snapshots.NONE);
  }

  @Test
  void withoutItNobodyIsScaled() throws Exception {
    var uploads = claim("uploads", "ReadWriteOnce", pod("web-0", "node-1", WEB));

    assertThat(footing(read("scaleToZero: false", uploads)).scaledToZero()).isEmpty();
    assertThat(footing(read("scaleToZero: false", uploads)).node()).isEqualTo("node-1");
  }

  @Test
  void whatCannotBeScaledIsSaidBeforeAnythingIsDown() throws Exception {
    assertThat(
            refused(
                read(
                    "scaleToZero: true",
                    claim(
                        "uploads",
                        "ReadWriteOnce",
                        pod("web-0", "node-1", WEB),
                        pod("debug", "node-1", null))),
                Reason.CLAIM_BUSY))
        .isEqualTo(
            "Pod debug uses claim 'uploads' and belongs to no StatefulSet or Deployment that could"
                + " be scaled to zero.");
  }

  /** Another run of Salvor's is no application. */
  @Test
  void aRunOfSalvorIsNotScaled() throws Exception {
    var run =
        new User(
            "uploads-verify-x-abcde",
            "node-1",
            List.of(),
            new ClaimView.Run(Purpose.BACKUP, "uploads-verify-x"),
            null);

    assertThat(footing(read("scaleToZero: true", claim("uploads", "ReadWriteOnce", run))).node())
        .isEqualTo("node-1");
  }

  @Test
  void aRestoreToAClaimInUseGoesOn() throws Exception {
    var uploads = claim("uploads", "ReadWriteOncePod", pod("web-0", "node-1", WEB));
    var footing = footing(write(", scaleToZero: true", "", uploads));

    assertThat(footing.scaledToZero()).containsExactly("uploads");
    assertThat(footing.tolerations()).containsExactly(SHOP);
    assertThat(refused(write("", "", uploads), Reason.CLAIM_BUSY)).contains("ReadWriteOncePod");
  }

  @Test
  void aRestoreBesideWhatCannotBeScaledIsAskedFor() throws Exception {
    var uploads = claim("uploads", "ReadWriteOnce", pod("debug", "node-1", null));

    assertThat(refused(write(", scaleToZero: true", "", uploads), Reason.ACKNOWLEDGEMENT_NEEDED))
        .contains("in use by pod debug");
  }

  /** It is made beside who is there, and says nothing that a restore would not do. */
  @Test
  void aPlanScalesNothing() throws Exception {
    var uploads = claim("uploads", "ReadWriteOnce", pod("web-0", "node-1", WEB));
    var footing = footing(write(", scaleToZero: true", "dryRun: true", uploads));

    assertThat(footing.scaledToZero()).isEmpty();
    assertThat(footing.node()).isEqualTo("node-1");
  }

  /** They stand on the Job, which takes 256 KiB of annotations in all. */
  @Test
  void hooksThatDoNotFitOrLeaveNoPodAreRefused() throws Exception {
    var uploads = claim("uploads", "ReadWriteOnce", pod("web-0", "node-1", WEB));
    var hook = "{matchLabels: {app: web}, before: [sh, -c, \"%s\"]}";
    var word = "x".repeat(2000);
    var fit = "hooks: [" + (hook.formatted(word) + ", ").repeat(30) + "]";
    var tooMuch = "hooks: [" + (hook.formatted(word) + ", ").repeat(33) + "]";

    assertThat(footing(read(fit, uploads)).hooks()).hasSize(30);
    assertThat(refused(read(tooMuch, uploads), Reason.INVALID_SPEC))
        .matches("spec.source.volume.hooks is \\d+ bytes as JSON; at most 65536 fit: .*");
    assertThat(
            refused(
                read("scaleToZero: true, hooks: [" + hook.formatted("true") + "]", uploads),
                Reason.INVALID_SPEC))
        .contains("exclude each other");
  }
}

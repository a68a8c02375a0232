package dev.salvor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.e2e.Shop.SecurityLevel;
import dev.salvor.testing.Script;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/** A volume's copy is looked at by programs in an image of the user's, cut off from the network. */
@Tag("cluster")
@Tag("own-cluster")
@ExtendWith(InstalledSalvor.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CommandE2E {
  private final Shop shop;
  private final Path uploads;

  CommandE2E(InstalledSalvor salvor) throws IOException {
    shop = Shop.withoutServer(salvor, "command", SecurityLevel.BASELINE);
    uploads = HostVolume.make(shop, "uploads");
    HostVolume.claim(shop, "uploads");
    shop.store("offsite", salvor.bucket().endpoint(), "offsite-s3", "");
    shop.repository("offsite", "files");
  }

  @BeforeAll
  void aVolumeThatOnlyItsUserReads() {
    Script.run(
        "seq 3 > index; chown 1000:1000 index .; chmod 600 index; chmod 700 .; sync", uploads);
    checks("");
    shop.salvor("backup", "files", "--wait").succeeded();
  }

  /** The policy with these checks. */
  private void checks(String checks) {
    checks("", checks);
  }

  private void checks(String more, String checks) {
    shop.apply(
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: files}
        spec:
          source: {volume: {claims: {names: [uploads]}}}
          storeRef: {name: offsite}
          retries: 0
          verification:
            %s
            checks:
            - {name: is-there, files: {path: index}}
        %s
        """
            .formatted(more, checks.indent(4)));
  }

  /** Run as the files' own user. */
  private static String shell(String name, String script, String more) {
    return """
    - name: %s
      command:
        image: postgres:test
        command: [bash, -c, '%s']
        runAs: {user: 1000}
        %s
    """
        .formatted(name, script, more);
  }

  private JsonNode verify() {
    shop.salvor("verify", "files", "--wait");
    return verdict();
  }

  private JsonNode verdict() {
    return shop.resource("backuppolicy", "files").at("/status/lastVerification");
  }

  private EnforcingNetwork enforcing() {
    return new EnforcingNetwork(shop.salvor().cluster(), shop.namespace());
  }

  /** Tries the address that Fetch had reached a moment before. */
  private String reachesTheStore() {
    var address = URI.create(shop.salvor().bucket().endpoint());
    return "timeout 5 bash -c \"exec 3<>/dev/tcp/%s/%d\""
        .formatted(address.getHost(), address.getPort());
  }

  private String cannotReachTheStore() {
    return "if %s; then echo the store answers; exit 1; fi".formatted(reachesTheStore());
  }

  /**
   * As its user, on a copy that it may not write to but for one, without credentials or network.
   */
  @Test
  @Order(1)
  void whatAgreesIsVerified() {
    checks(
        shell("writes", "echo 4 >> /data/uploads/index", "writable: true")
            + shell(
                "reads",
                "test \"$(wc -l < /data/uploads/index)\" = 3 && ! touch /data/uploads/new && echo"
                    + " x > /tmp/x && test \"$(id -u)\" = 1000 && test ! -e /sandbox && test ! -e"
                    + " /run/salvor && test ! -e /var/run/secrets/kubernetes.io || exit 1; "
                    + cannotReachTheStore(),
                ""));

    try (var _ = enforcing()) {
      var verdict = verify();

      assertThat(verdict.path("outcome").asText()).as(verdict.toString()).isEqualTo("Verified");
      assertThat(verdict.path("message").asText()).contains("your 3 checks agree");
      assertThat(verdict.path("isolation").asText()).isEqualTo("Enforced");
    }
    assertThat(uploads.resolve("index")).as("the volume itself").hasContent("1\n2\n3\n");
  }

  @Test
  @Order(2)
  void whatSaysNoIsRefutedInItsOwnWords() {
    checks(shell("index", "echo looking; echo line 4 is missing; exit 3", ""));

    try (var _ = enforcing()) {
      var verdict = verify();

      assertThat(verdict.path("outcome").asText()).as(verdict.toString()).isEqualTo("Refuted");
      assertThat(verdict.path("reason").asText()).isEqualTo("CheckFailed");
      assertThat(verdict.path("message").asText())
          .contains("(exit code 3; it said last: looking | line 4 is missing).");
      assertThat(verdict.path("isolation").asText()).isEqualTo("Enforced");
    }
    // Backups go on.
    shop.awaitPolicy("files", "Accepted");
  }

  @Test
  @Order(3)
  void whatIsNotThereOrTakesTooLongProvesNothing() {
    try (var _ = enforcing()) {
      checks(
          """
          - {name: missing, command: {image: "postgres:test", command: [no-such-program]}}
          """);
      var missing = verify();
      assertThat(missing.path("outcome").asText()).as(missing.toString()).isEqualTo("Unproven");
      assertThat(missing.path("reason").asText()).isEqualTo("CheckErrored");
      assertThat(missing.path("message").asText()).contains("your check missing", "not found");

      checks(
          """
          - name: slow
            timeout: 5s
            command: {image: "postgres:test", command: [bash, -c, "trap exit TERM; sleep infinity & wait"]}
          """);
      var slow = verify();
      assertThat(slow.path("outcome").asText()).as(slow.toString()).isEqualTo("Unproven");
      assertThat(slow.path("message").asText()).contains("your check slow", "within 5s");
    }
  }

  /** It is given up after ten minutes; until then the request says what it waits for. */
  @Test
  @Order(4)
  void anImageThatCannotBeHadIsNamed() {
    checks(
        """
        - {name: nowhere, command: {image: "registry.invalid/nothing:1", command: [look]}}
        """);

    try (var _ = enforcing()) {
      shop.apply(
          """
          apiVersion: salvor.dev/v1alpha1
          kind: RestoreRequest
          metadata: {name: nowhere}
          spec:
            source: {policyRef: {name: files}, latest: {}}
            target: {sandbox: {}}
          """);

      shop.awaitRestore(
          "nowhere",
          "Progressing",
          "cannot get image registry.invalid/nothing:1 for your check nowhere");
    }
    shop.kubectl("delete", "restorerequest", "nowhere", "--wait");
  }

  /** The contrary of the first story: it would have been seen there. */
  @Test
  @Order(5)
  void withoutAnEnforcingNetworkNoneIsRunUnlessThatIsAccepted() {
    checks(shell("network", cannotReachTheStore(), ""));
    var refused = verify();
    assertThat(refused.path("outcome").asText()).as(refused.toString()).isEqualTo("Unproven");
    assertThat(refused.path("reason").asText()).isEqualTo("NotIsolated");

    checks("isolation: Preferred", shell("network", cannotReachTheStore(), ""));
    var reached = verify();
    assertThat(reached.path("outcome").asText()).as(reached.toString()).isEqualTo("Refuted");
    assertThat(reached.path("message").asText()).contains("the store answers");
    assertThat(reached.path("isolation").asText()).isEqualTo("NotEnforced");
  }
}

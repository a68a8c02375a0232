package dev.salvor.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.ComposeService;
import dev.salvor.api.Json;
import dev.salvor.api.RestoreRequestSpec;
import dev.salvor.api.StillnessMode;
import dev.salvor.plan.DockerView.Container;
import dev.salvor.plan.DockerView.Seen;
import dev.salvor.plan.DockerView.Sight;
import dev.salvor.plan.DockerView.Volume;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is stopped for the restore of a whole project on this machine's Docker. */
class DockerProjectTest {
  private static final String COMPOSED = "composeService: {project: supabase, service: db}";
  private static final String BY_ADDRESS = "secretRef: {name: admin}";

  private static Container container(String project, String service, String image) {
    return container(
        project + "-" + service,
        image,
        Map.of(ComposeService.PROJECT_LABEL, project, ComposeService.SERVICE_LABEL, service));
  }

  private static Container container(String name, String image, Map<String, String> labels) {
    return new Container(name, true, image, null, labels, Map.of(), null, List.of());
  }

  /** The folder of storage is used as said, that of functions by nobody. */
  private static Seen docker(String... users) {
    return new Seen(
        "/d",
        List.of(
            new Volume(
                "storage", "local", Map.of(), Map.of(), "/d/storage", Sight.SEEN, List.of(users)),
            new Volume(
                BindMounts.name("/srv/functions"),
                "local",
                Map.of(),
                Map.of(),
                "/srv/functions",
                Sight.SEEN,
                List.of())),
        List.of(
            container("supabase", "db", "supabase/postgres:17.6"),
            container("supabase", "auth", "supabase/gotrue:v2"),
            container("supabase", "storage", "supabase/storage-api:v1"),
            container("other", "auth", "supabase/gotrue:v2"),
            container("other", "rest", "postgrest/postgrest:v13"),
            // Of another project, which has called it so.
            container(
                "auth",
                "a:1",
                Map.of(
                    ComposeService.PROJECT_LABEL, "third", ComposeService.SERVICE_LABEL, "login")),
            container("plain", "p:1", Map.of())));
  }

  private static ClaimChoice choice(
      String connection, String target, String more, DockerView docker)
      throws JsonProcessingException {
    var spec =
        Json.yaml()
            .readValue(
                """
                source: {policyRef: {name: project}, latest: {}}
                target:
                  supabase:
                    selfHosted:
                      database: {connection: {%s}}
                      storage: {place: {dockerVolume: storage}}
                      files: [{name: functions, place: {path: /srv/functions}}]
                      %s
                %s
                """
                    .formatted(connection, target, more),
                RestoreRequestSpec.class);
    return DockerProject.toWrite(
        spec,
        Objects.requireNonNull(Objects.requireNonNull(spec.target().supabase()).selfHosted()),
        docker);
  }

  private static String told(ClaimChoice choice) {
    return switch (choice) {
      case ClaimChoice.Unavailable(var why) -> why.reason().text() + ": " + why.message();
      case ClaimChoice.Chosen(var footing) -> {
        var hold = footing.hold();
        yield hold == null
            ? "nobody"
            : hold.mode()
                + " "
                + hold.volumes()
                + hold.services().stream()
                    .map(it -> " " + it.project() + "/" + it.service())
                    .toList();
      }
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // Nobody uses anything: who begins to is in the way.
        "composed | | | | null [storage, bind_srv_functions][]",
        "composed | supabase-storage | | | AcknowledgementNeeded: in use by container"
            + " supabase-storage: let them be stopped (stopConsumers)",
        "composed | supabase-storage | stopConsumers: true | | STOP [storage,"
            + " bind_srv_functions][]",
        "composed | web | stopConsumers: true | | STOP [storage, bind_srv_functions][]",
        "composed | supabase-storage | stopConsumers: true | dryRun: true | nobody",
        // A service that is named is stopped, whatever it uses.
        "composed | | services: [auth] | | null [storage, bind_srv_functions][ supabase/auth]",
        "composed | supabase-storage | services: [auth, storage] | | null [storage,"
            + " bind_srv_functions][ supabase/auth,  supabase/storage]",
        "composed | supabase-storage | services: [auth] | | AcknowledgementNeeded: in use by"
            + " container supabase-storage",
        "composed | | services: [auth] | dryRun: true | nobody",
        "composed | | services: [auth] | select: {parts: [database]} | null [][ supabase/auth]",
        "named | | services: [auth] | | null [storage, bind_srv_functions][ supabase/auth]",
        // By the name of its container also where the connection says no project, or another.
        "address | | services: [supabase-auth] | | null [storage, bind_srv_functions]["
            + " supabase/auth]",
        "composed | | services: [other-rest] | | null [storage, bind_srv_functions][ other/rest]",
        "address | | services: [auth] | | null [storage, bind_srv_functions][ third/login]",
        "composed | | services: [plain] | | InvalidSpec: names 'plain', which Compose did not make",
        "composed | | services: [rest] | | InvalidSpec: names 'rest', and Docker has no container"
            + " of that name",
        // The server is never stopped.
        "composed | | services: [db] | | InvalidSpec: names 'db', which is the server itself",
        "named | | services: [supabase-db] | | InvalidSpec: names 'supabase-db', which is the"
            + " server itself",
        "address | | services: [supabase-db] | | InvalidSpec: names 'supabase-db', which is the"
            + " server itself",
        "composed | supabase-db | stopConsumers: true | | AcknowledgementNeeded: in use by"
            + " container supabase-db: stop them",
        "address | supabase-db | stopConsumers: true | | AcknowledgementNeeded: in use by container"
            + " supabase-db: stop them",
        "alone | alone-db | stopConsumers: true | | AcknowledgementNeeded: in use by container"
            + " alone-db: stop them",
      })
  void whoIsStopped(String how, String user, String target, String more, String expected)
      throws JsonProcessingException {
    var connection =
        switch (how) {
          case "composed" -> COMPOSED;
          case "named" -> "container: supabase-db";
          case "alone" -> "container: alone-db";
          default -> BY_ADDRESS;
        };
    var told =
        told(
            choice(
                connection,
                Objects.requireNonNullElse(target, ""),
                Objects.requireNonNullElse(more, ""),
                user == null ? docker() : docker(user)));

    var parts = expected.split(": ", 2);
    assertThat(told).startsWith(parts[0]).contains(parts.length == 1 ? "" : parts[1]);
    if (parts.length == 1) {
      assertThat(told).isEqualTo(expected);
    }
  }

  /** Others of it are stopped all the same; what it uses is accepted, and no concern. */
  @Test
  void whoAcceptsThatTheServerUsesAPlaceHasTheOthersStopped() throws JsonProcessingException {
    var users = docker("supabase-db", "supabase-storage", "plain");
    var refused = told(choice(COMPOSED, "stopConsumers: true", "", users));
    // Who is no service cannot be stopped apart from the server.
    assertThat(refused).contains("in use by container supabase-db, plain: ");
    var token = refused.substring(refused.lastIndexOf(' ') + 1);

    assertThat(told(choice(COMPOSED, "stopConsumers: true", "acknowledge: [" + token + "]", users)))
        .isEqualTo(StillnessMode.STOP + " [bind_srv_functions][ supabase/storage]");
  }

  /** Nobody else can say who is meant. */
  @Test
  void whoeverIsToBeStoppedNeedsDocker() throws JsonProcessingException {
    var gone = new DockerView.Unreachable("gone");

    assertThat(told(choice(COMPOSED, "services: [auth]", "select: {parts: [functions]}", gone)))
        .isEqualTo("DockerUnreachable: gone");
    assertThat(told(choice(COMPOSED, "", "select: {parts: [functions]}", gone)))
        .isEqualTo("nobody");
  }
}

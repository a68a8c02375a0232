package dev.salvor.defects;

import dev.salvor.api.DumpFormat;
import dev.salvor.api.FactsMode;
import dev.salvor.api.GlobalsMode;
import dev.salvor.api.HostedSupabase;
import dev.salvor.api.PostgresSource;
import dev.salvor.api.Reason;
import dev.salvor.api.StorageVersions;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.defects.Outcome.Judged;
import dev.salvor.task.Credential;
import dev.salvor.task.FactsRequest;
import dev.salvor.task.FileTrees;
import dev.salvor.task.HostedProject;
import dev.salvor.task.PostgresDump;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.StorageLayout;
import dev.salvor.task.SupabaseProject;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.ManagementStub.Reply;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Damage to a project that Supabase hosts, and above all to what its Management API answers. */
final class InAHostedProject {
  static final String PROJECT = "abcdefghijklmnopqrst";
  static final String TOKEN = "sbp_token";

  private InAHostedProject() {}

  /** One server for the whole run, which ends with this JVM. */
  static final class Running {
    static final SelfHostedSupabase SUPABASE = SelfHostedSupabase.startHosted();
  }

  static List<PlantedDefect> all() {
    return List.of(
        new PlantedDefect(
            "HostedByARoleWithoutRights",
            "a role that may read none of the customer's own tables",
            new Failed(Reason.INSUFFICIENT_PRIVILEGE),
            () -> {
              try (var scene = scene("reporting:p5");
                  var api = ManagementStub.start(PROJECT, TOKEN)) {
                return Outcome.of(scene.run(backup(scene, api)));
              }
            }),
        answered(
            "HostedTokenRefused",
            "the token of the Management API is none any more",
            "the token is none, or is no longer (401)",
            "",
            Reply.of(401)),
        answered(
            "HostedRedirect",
            "the Management API leads elsewhere",
            "leads elsewhere (302), where no token is sent",
            "/config/auth",
            Reply.of(302, "Location", "https://elsewhere.invalid/")),
        answered(
            "HostedFunctionFails",
            "an Edge Function is listed, and its bundle cannot be had",
            "Edge Function pay: GET /functions/pay/body answers 500",
            "/functions/pay/body",
            Reply.of(500)),
        answered(
            "HostedFunctionEmpty",
            "the bundle of an Edge Function has no bytes",
            "GET /functions/pay/body has an empty answer",
            "/functions/pay/body",
            Reply.body("")),
        answered(
            "HostedSourcesCutOff",
            "sources of an Edge Function end before their last line",
            "sources of pay were cut off",
            "/functions/pay/body",
            Reply.body("ESZIP2"),
            Reply.body("--b\r\n\r\nhalf").with("Content-Type", "multipart/form-data; boundary=b")),
        new PlantedDefect(
            "HostedFunctionLostInCopy",
            "a bundle of an Edge Function is not in the copy",
            new Judged(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER),
            () -> {
              try (var scene = scene("postgres:p1");
                  var api = ManagementStub.start(PROJECT, TOKEN)) {
                scene.require(scene.run(backup(scene, api)));
                var point = scene.newest();
                scene.require(scene.run(scene.fetchTask(point)));
                Script.run(
                    "rm pay/body.eszip",
                    scene.sandbox().resolve("trees").resolve(HostedSupabase.FUNCTIONS));
                return Outcome.of(scene.run(scene.compareTask(point)));
              }
            }));
  }

  private static PlantedDefect answered(
      String name, String breaks, String says, String path, Reply... replies) {
    var expected = new Harmless("the point is Partial, and says `" + says + "`");
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var scene = scene("postgres:p1");
              var api = ManagementStub.start(PROJECT, TOKEN)) {
            api.answer(path, replies);
            var report = scene.require(scene.run(backup(scene, api)));
            return report.outcome() == TaskReport.Outcome.PARTIAL
                    && Objects.requireNonNull(report.warnings()).getFirst().contains(says)
                ? expected
                : Outcome.of(report);
          }
        });
  }

  static Scene scene(String login) {
    var scene = Scene.withoutDatabase();
    var server = Running.SUPABASE.server();
    scene.credential(
        Credential.SOURCE,
        "uri",
        "postgresql://%s@%s:%d/postgres".formatted(login, server.host(), server.port()));
    scene.credential(Credential.SOURCE_TOKEN, "value", TOKEN);
    return scene;
  }

  static Task.Backup backup(Scene scene, ManagementStub api) {
    return backup(scene, api, null);
  }

  /** With Storage's objects, where it is said who gives them. */
  static Task.Backup backup(Scene scene, ManagementStub api, @Nullable StorageEndpoint storage) {
    return new Task.Backup(
        scene.header(),
        scene.target(),
        new SupabaseProject(
            new PostgresDump(
                new ServerReference(
                    Credential.SOURCE,
                    Credential.SOURCE_PASSWORD,
                    Credential.SOURCE_CA,
                    null,
                    null,
                    null,
                    null,
                    null),
                new PostgresSource.Databases(List.of(SelfHostedSupabase.DATABASE), null),
                GlobalsMode.WITHOUT_PASSWORDS,
                DumpFormat.STREAM,
                null,
                null,
                new FactsRequest(FactsMode.FULL, null, null),
                false,
                new PostgresDump.Managed("supabase:" + PROJECT, HostedSupabase.MANAGED_SCHEMAS)),
            new FileTrees(List.of(), List.of(), List.of(), null, false),
            null,
            List.of(),
            storage == null ? null : new StorageLayout("stub", "stub", StorageVersions.FOLDER),
            0,
            null,
            List.of(),
            new HostedProject(PROJECT, api.endpoint(), storage),
            List.of()),
        null,
        null);
  }
}

package dev.salvor.defects;

import dev.salvor.api.Reason;
import dev.salvor.api.RolesMode;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.HostedTarget;
import dev.salvor.task.PointReference;
import dev.salvor.task.Step;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.Task;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.ManagementStub.Reply;
import dev.salvor.testing.SelfHostedSupabase;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What goes wrong while a project is restored to one that Supabase hosts. */
final class InARestoreToHosted {
  private static final String PROJECT = "zyxwvutsrqponmlkjihg";

  /** Who looks the other way for a moment, in a schema that is no customer's. */
  private static final String SPOILT =
      """
      CREATE FUNCTION pgsodium.spoil() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        IF %s AND current_setting('spoilt.once', true) IS DISTINCT FROM 'yes' THEN
          PERFORM set_config('spoilt.once', 'yes', true);
          %s;
        END IF; END $$;
      CREATE EVENT TRIGGER spoil ON ddl_command_end WHEN TAG IN ('%s') EXECUTE FUNCTION pgsodium.spoil();
      """;

  private static final Harmless GONE_ON =
      new Harmless("the next attempt is Verified, with each row once");

  private static final Harmless UNPROVEN = new Harmless("the restore is Unproven");

  private static final String ROWS =
      """
      CREATE FUNCTION pgsodium.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s RETURN new; END $$;
      CREATE TRIGGER spoil BEFORE INSERT ON auth.%s FOR EACH ROW EXECUTE FUNCTION pgsodium.spoil();
      ALTER TABLE auth.%2$s ENABLE ALWAYS TRIGGER spoil;
      """;

  private InARestoreToHosted() {}

  static List<PlantedDefect> all() {
    return Stream.concat(spoilt().stream(), killed()).toList();
  }

  /** At every step that the Task announces. */
  private static Stream<PlantedDefect> killed() {
    return Stream.of(
            Step.OPEN_REPOSITORY,
            Step.PLAN,
            Step.READ_BACK,
            Step.RESTORE,
            Step.COMPARE,
            Step.REPORT)
        .map(
            step ->
                new PlantedDefect(
                    "KilledRestoreHostedAt" + KilledAtAStep.camelCase(step),
                    "kill -9 of RestoreHosted as it begins " + step,
                    GONE_ON,
                    () -> killed(step)));
  }

  private static Outcome killed(Step step) {
    try (var target = SelfHostedSupabase.startNew();
        var scene = InAHostedProject.scene("postgres:p1");
        var source = ManagementStub.start(InAHostedProject.PROJECT, InAHostedProject.TOKEN);
        var api = ManagementStub.startNew(PROJECT, InAHostedProject.TOKEN)) {
      var task = task(scene, source, target, api, List.of("functions", "configuration"));
      scene.kill(task, step);
      var report = scene.run(again(task));
      var posts = "SELECT count(*) FROM public.posts";
      var isOnce = target.server().query(SelfHostedSupabase.DATABASE, posts).equals("1000");
      return report.result() instanceof TaskResult.Restored restored
              && restored.comparison() == VerdictOutcome.VERIFIED
              && isOnce
          ? GONE_ON
          : Outcome.of(report);
    }
  }

  private static List<PlantedDefect> spoilt() {
    return List.of(
        spoilt("PolicyLost", "a policy", "CREATE POLICY", "DROP POLICY own ON public.posts"),
        spoilt(
            "TriggerLost",
            "a trigger on auth.users",
            "CREATE TRIGGER",
            "DROP TRIGGER welcome ON auth.users"),
        spoilt(
            "ViewUnfilled",
            "the content of a materialized view",
            "REFRESH MATERIALIZED VIEW",
            "REFRESH MATERIALIZED VIEW public.activity WITH NO DATA"),
        spoilt(
            "PublicationLost",
            "a table of supabase_realtime",
            "ALTER PUBLICATION",
            "ALTER PUBLICATION supabase_realtime DROP TABLE public.posts"),
        spoilt(
            "RightWidened",
            "that a role may make nothing in schema public",
            "REFRESH MATERIALIZED VIEW",
            "GRANT CREATE ON SCHEMA public TO anon",
            UNPROVEN),
        spoilt(
            "TableUnreadable",
            "the right to read a table",
            "REFRESH MATERIALIZED VIEW",
            "REVOKE SELECT ON public.posts FROM postgres, anon, authenticated, my_api",
            UNPROVEN),
        inDatabase(
            "HostedRestoreFunctionChanged",
            "a function that has another body",
            SPOILT.formatted(
                "to_regproc('public.welcome') IS NOT NULL",
                "CREATE OR REPLACE FUNCTION public.welcome() RETURNS trigger LANGUAGE plpgsql AS"
                    + " 'BEGIN RETURN NULL; END'",
                "CREATE FUNCTION")),
        inDatabase(
            "HostedRestoreIdentityLost",
            "an identity of a user is not there",
            ROWS.formatted("IF new.id = md5('i7')::uuid THEN RETURN NULL; END IF;", "identities")),
        inDatabase(
            "HostedRestoreUserChanged",
            "a user has another password",
            ROWS.formatted(
                "IF new.id = md5('7')::uuid THEN new.encrypted_password = 'x'; END IF;", "users")),
        inDatabase(
            "HostedRestoreOtherColumns",
            "a user has another password, in a table that has one more column than at the source",
            "ALTER TABLE auth.users ADD COLUMN added text;"
                + ROWS.formatted(
                    "IF new.id = md5('7')::uuid THEN new.email = 'x'; END IF;", "users"),
            UNPROVEN),
        inDatabase(
            "HostedRestoreJobLost",
            "a cron job is not made, and cron says that it is",
            "CREATE OR REPLACE FUNCTION cron.schedule(job_name text, schedule text, command text)"
                + " RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'"),
        inDatabase(
            "HostedRestoreSecretChanged",
            "a secret of Vault has another value",
            "CREATE OR REPLACE VIEW vault.decrypted_secrets AS SELECT id, name, description,"
                + " secret, 'other' COLLATE \"C\" AS decrypted_secret FROM vault.secrets"),
        inDatabase(
            "HostedRestoreSecretUnreadable",
            "a secret of Vault cannot be read",
            "CREATE OR REPLACE VIEW vault.decrypted_secrets AS SELECT id, name, description,"
                + " secret, NULL::text COLLATE \"C\" AS decrypted_secret FROM vault.secrets"),
        byApi(
            "HostedRestoreFunctionLost",
            "an Edge Function is deployed, and is not there",
            api -> api.answer("/functions", Reply.body("[]")),
            new Failed(Reason.FACTS_DIFFER)),
        byApi(
            "HostedRestoreSourcesChanged",
            "an Edge Function has other sources than were deployed",
            api ->
                api.answer(
                    "/functions/hello/body",
                    Reply.body(
                            "--b\r\nContent-Disposition: form-data; name=\"file\";"
                                + " filename=\"index.ts\"\r\n\r\nother\r\n--b--\r\n")
                        .with("Content-Type", "multipart/form-data; boundary=b")),
            new Failed(Reason.FACTS_DIFFER)),
        byApi(
            "HostedRestoreSettingLost",
            "a setting is taken, and is not set",
            api -> api.answer("PATCH /config/auth", Reply.body("{}")),
            UNPROVEN));
  }

  private static PlantedDefect spoilt(String name, String what, String tag, String sql) {
    return spoilt(name, what, tag, sql, new Failed(Reason.FACTS_DIFFER));
  }

  private static PlantedDefect spoilt(
      String name, String what, String tag, String sql, Outcome expected) {
    return inDatabase(
        "HostedRestore" + name,
        what + " is lost while it is restored",
        SPOILT.formatted("true", sql, tag),
        expected);
  }

  private static PlantedDefect inDatabase(String name, String breaks, String sql) {
    return inDatabase(name, breaks, sql, new Failed(Reason.FACTS_DIFFER));
  }

  private static PlantedDefect inDatabase(
      String name, String breaks, String sql, Outcome expected) {
    return new PlantedDefect(
        name,
        breaks + (expected instanceof Failed ? "; nothing of it stays in the project" : ""),
        expected,
        () -> {
          try (var target = SelfHostedSupabase.startNew()) {
            target.server().execute(SelfHostedSupabase.DATABASE, sql);
            return restore(target, List.of(), _ -> {});
          }
        });
  }

  private static PlantedDefect byApi(
      String name, String breaks, Consumer<ManagementStub> spoil, Outcome expected) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var target = SelfHostedSupabase.startNew()) {
            return restore(target, List.of("functions", "configuration"), spoil);
          }
        });
  }

  private static Outcome restore(
      SelfHostedSupabase target, List<String> byApi, Consumer<ManagementStub> spoil) {
    try (var scene = InAHostedProject.scene("postgres:p1");
        var source = ManagementStub.start(InAHostedProject.PROJECT, InAHostedProject.TOKEN);
        var api = ManagementStub.startNew(PROJECT, InAHostedProject.TOKEN)) {
      var task = task(scene, source, target, api, byApi);
      spoil.accept(api);
      var report = scene.run(task);
      var isNew =
          target
              .server()
              .query(SelfHostedSupabase.DATABASE, "SELECT to_regclass('public.posts') IS NULL")
              .equals("t");
      if (report.result() instanceof TaskResult.Restored restored
          && restored.comparison() == VerdictOutcome.UNPROVEN) {
        return UNPROVEN;
      }
      return byApi.isEmpty() && !isNew
          ? new Green("what was found to be wrong stays")
          : Outcome.of(report);
    }
  }

  /** Of a project that is kept before. */
  private static Task.RestoreHosted task(
      Scene scene,
      ManagementStub source,
      SelfHostedSupabase target,
      ManagementStub api,
      List<String> byApi) {
    scene.require(scene.run(InAHostedProject.backup(scene, source)));
    scene.credential(Credential.TARGET_TOKEN, "value", InAHostedProject.TOKEN);
    return task(scene, target, byApi.isEmpty() ? null : api.endpoint(), byApi, null);
  }

  /** Of the newest point, into another hosted project. */
  static Task.RestoreHosted task(
      Scene scene,
      SelfHostedSupabase target,
      @Nullable String api,
      List<String> byApi,
      @Nullable StorageEndpoint storage) {
    scene.credential(
        Credential.TARGET,
        "uri",
        "postgresql://postgres:p1@%s:%d/postgres"
            .formatted(target.server().host(), target.server().port()));
    return new Task.RestoreHosted(
        scene.header(),
        scene.target(),
        new PointReference(scene.newest(), null),
        new HostedTarget(PROJECT, Scene.targetServer(), api, byApi, storage),
        RolesMode.MISSING,
        Task.Effect.CARRY_OUT,
        null,
        "hosted-request",
        List.of());
  }

  private static Task.RestoreHosted again(Task.RestoreHosted task) {
    var first = task.header();
    return new Task.RestoreHosted(
        new Header(
            first.run() + "-again",
            first.attempt() + 1,
            first.tick(),
            first.deadlineSeconds(),
            first.credentials()),
        task.repository(),
        task.point(),
        task.target(),
        task.roles(),
        task.effect(),
        task.notAfter(),
        task.requestUid(),
        task.acknowledge());
  }
}

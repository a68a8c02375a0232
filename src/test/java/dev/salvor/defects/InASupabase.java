package dev.salvor.defects;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.defects.Outcome.Judged;
import dev.salvor.task.Credential;
import dev.salvor.task.Span;
import dev.salvor.task.Step;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.task.WorkerEnvironment;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.util.List;
import java.util.Objects;

/** Damage to a Supabase project, to its key above all, and to the copy of it. */
final class InASupabase {
  private static final Outcome MISSING = new Failed(Reason.SOURCE_MISSING);
  private static final Outcome CORRUPT = new Failed(Reason.CORRUPT_RECOVERY_POINT);
  private static final Outcome DIFFERS = new Judged(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER);
  private static final Harmless BACKED_UP =
      new Harmless("no point is listed that was not committed; the next backup succeeds");

  private static final String KEY = "db-config/pgsodium_root.key";

  /** Every digit becomes another, and all else of the file stays. */
  private static final String OTHER_KEY =
      "tr 0-9a-f 1-9a-f0 < \"$key\" > other; touch -r \"$key\" other; cat other > \"$key\";"
          + " touch -r other \"$key\"; rm other";

  private static final Harmless NAMED_KEY =
      new Harmless("the point is complete, and says `ANON_KEY of .env is not signed`");
  private static final Harmless NAMED_ORPHAN =
      new Harmless("the point is complete, and names `avatars/old`");

  /** Of what a copy without them leaves. */
  private static final String WITHOUT_TYPE = "(cd %s; cp 0* ../../x; mv ../../x 0*)";

  private InASupabase() {}

  /** On a project of its own. */
  private interface OnProject {
    Outcome plant(SupabaseScene project) throws Exception;
  }

  private static final String POINT = "20261122t020000z-abcdef";

  /** As another node does, before the dump. */
  private static TaskReport keep(SupabaseScene project, String... trees) {
    span(project, new Span(POINT, List.of(trees), null));
    return project.backup();
  }

  /** With what another node kept. */
  private static Outcome close(SupabaseScene project, String own, TaskReport kept) {
    var share = Objects.requireNonNull((TaskResult.ShareKept) kept.result()).share();
    span(project, new Span(POINT, List.of(own), List.of(share)));
    return Outcome.of(project.backup());
  }

  private static void span(SupabaseScene project, Span span) {
    project.scene.with(WorkerEnvironment.SPAN, span.text());
  }

  static List<PlantedDefect> all() {
    return List.of(
        source(
            "KeyOfVaultMissing",
            "the key of Vault is not where it should be",
            MISSING,
            "rm " + KEY),
        source(
            "KeyOfVaultCutShort",
            "of the key of Vault the last digit is gone",
            MISSING,
            "truncate -s 63 " + KEY),
        source(
            "KeyOfVaultIsALink",
            "the key of Vault is a link to another file",
            MISSING,
            "mv " + KEY + " elsewhere; ln -s ../elsewhere " + KEY),
        fresh(
            "LinkOutOfTheClaim",
            "a place in a claim is a link to what else the pod has",
            MISSING,
            project -> {
              project.claim = "volumes";
              project.sh("mv volumes/functions else; ln -s ../else volumes/functions");
              return Outcome.of(project.backup());
            }),
        fresh(
            "LinkOutOfTheClaimMeanwhile",
            "a place in a claim becomes a link while the project is kept",
            new Failed(Reason.INCOMPLETE_BACKUP),
            project -> {
              project.claim = "volumes";
              project.scene.wrapRestic(
                  "case \"$*\" in *volumes/functions*) mv volumes/functions volumes/others; ln -s"
                      + " others volumes/functions ;; esac; exec \"$REAL\" \"$@\"");
              return Outcome.of(project.backup());
            }),
        fresh(
            "KeyOfVaultMissingOnAnotherNode",
            "the key of Vault is not where the node should read it that has its claim",
            MISSING,
            project -> {
              project.sh("rm " + KEY);
              return Outcome.of(keep(project, "key"));
            }),
        fresh(
            "PlaceThatNoNodeRead",
            "of what other nodes should read, the functions were not",
            new Failed(Reason.INCOMPLETE_BACKUP),
            project -> close(project, "storage", keep(project, "key"))),
        fresh(
            "StorageReadBeforeTheDump",
            "another node read Storage before the databases were dumped",
            new Failed(Reason.INCOMPLETE_BACKUP),
            project -> close(project, "functions", keep(project, "storage", "key"))),
        source(
            "OnePlaceOfAProjectGone",
            "the functions are not there, and all else is",
            MISSING,
            "rm -r volumes/functions"),
        source(
            "StorageNotMounted",
            "the folder of Storage is empty, and the database knows of objects",
            new Failed(Reason.EMPTY_SOURCE),
            "rm -r volumes/storage/*"),
        source(
            "StorageHalfRestored",
            "a restore to Storage's folder was left unfinished",
            new Failed(Reason.INCOMPLETE_BACKUP),
            "echo '{\"note\": \"n\", \"request\": \"r\"}' > volumes/storage/.salvor-restore.json"),
        fresh(
            "OtherKeyOfTheSameSecrets",
            "the key of Vault is another than that of the last point, and the secrets are the same",
            partialNaming("Token: vault-key-"),
            project -> {
              project.scene.require(project.backup());
              project.sh("key=" + KEY + "; " + OTHER_KEY);
              return partial(project, "Token: vault-key-");
            }),
        fresh(
            "ConfigurationUnread",
            "a file of the configuration is larger than what is kept of one",
            partialNaming("large.yml"),
            project -> {
              project.sh("head -c 1100000 /dev/zero > large.yml");
              return partial(project, "large.yml");
            }),
        fresh(
            "ConfigurationIsALinkToNowhere",
            "`.env` is a link to a file on a disk that is not mounted",
            partialNaming(".env cannot be read"),
            project -> {
              project.sh("rm .env; ln -s /no/such/disk/env .env");
              return partial(project, ".env cannot be read");
            }),
        fresh(
            "ConfigurationAltered",
            "what the store has of `.env` is not what was noted of it",
            CORRUPT,
            project -> {
              project.scene.require(project.backup());
              var point = project.scene.newest();
              project.scene.wrapRestic(
                  "case \"$*\" in *configuration/.env*) echo other ;; *) exec \"$REAL\" \"$@\" ;;"
                      + " esac");
              return Outcome.of(project.scene.verify(point));
            }),
        fresh(
            "FunctionsEmptied",
            "the folder of the functions is there, and nothing in it",
            partialNaming("functions holds no files"),
            project -> {
              project.sh("rm -r volumes/functions/*");
              return partial(project, "functions holds no files");
            }),
        fresh(
            "NoSupabase",
            "the server is some PostgreSQL, and no Supabase",
            new Failed(Reason.INVALID_SPEC),
            project -> {
              project.scene.credential(Credential.SOURCE, "uri", Shop.server().uri("postgres"));
              return Outcome.of(project.backup());
            }),
        fresh(
            "ConnectedAsPostgres",
            "the role postgres, which is no superuser in a Supabase and does not see all of it",
            new Failed(Reason.INSUFFICIENT_PRIVILEGE),
            project -> {
              var server = SupabaseScene.server();
              project.scene.credential(
                  Credential.SOURCE,
                  "uri",
                  "postgresql://postgres:p1@%s:%d/postgres"
                      .formatted(server.host(), server.port()));
              return Outcome.of(project.backup());
            }),
        fresh(
            "OtherKeyWhereAProjectIsRestored",
            "a whole project is restored to where the key of Vault is another",
            new Failed(Reason.VAULT_KEY_DIFFERS),
            project -> {
              project.scene.require(project.backup());
              project.sh("key=" + KEY + "; " + OTHER_KEY);
              return Outcome.of(project.restoreOverIt());
            }),
        fresh(
            "ServicesConnectedWhereAProjectIsRestored",
            "a whole project is restored while a service has sessions in its database",
            new Failed(Reason.ACKNOWLEDGEMENT_NEEDED),
            project -> {
              project.scene.require(project.backup());
              try (var _ = SupabaseScene.server().connect("postgres", "authenticator", "p2")) {
                return Outcome.of(project.restoreOverIt());
              }
            }),
        dump(
            "ObjectsLostInTheCopy",
            "what Storage knows of its objects is in the dump without its rows",
            InTheCopy.without("--exclude-table-data=storage.objects")),
        objects(
            "ObjectWithoutBytes",
            "of an object the row is there, and no bytes",
            "1 without bytes",
            "rm 'user 1.png'/*"),
        objects(
            "BytesOfAnotherSize",
            "of an object some bytes are gone",
            "1 of another size",
            "truncate -s 4999 'user 2.png'/*"),
        objects(
            "ContentTypeLost",
            "the file of an object was copied without its attributes",
            "1 without their content type",
            WITHOUT_TYPE.formatted("'user 3.png'")),
        objects(
            "ContentTypesLost",
            "all files of Storage were copied without their attributes",
            "copy them anew with their extended attributes",
            "for object in *; do "
                + WITHOUT_TYPE.formatted("\"$object\"")
                + "; done; cd ../docs/*.txt; cp 0* ../x; mv ../x 0*"),
        fresh(
            "OtherTenant",
            "the policy names another tenant than Storage uses",
            partialNaming("Are bucket, tenant and versions of the policy right?"),
            project -> {
              project.tenant = "another";
              return partial(project, "Are bucket, tenant and versions of the policy right?");
            }),
        fresh(
            "BytesWithoutObject",
            "an old file of Storage that no object names",
            NAMED_ORPHAN,
            project -> {
              project.sh("touch -d '2 days ago' volumes/storage/stub/stub/avatars/old");
              var report = project.scene.require(project.backup());
              return report.outcome() == TaskReport.Outcome.SUCCEEDED
                      && String.valueOf(report.warnings()).contains("avatars/old")
                  ? NAMED_ORPHAN
                  : Outcome.of(report);
            }),
        fresh(
            "OtherBytesOfTheSameSize",
            "an object's bytes are not those of its ETag, at the source already",
            DIFFERS,
            project -> {
              project.sh(
                  "cd 'volumes/storage/stub/stub/avatars/user 1.png'; printf x | dd of=$(ls)"
                      + " conv=notrunc status=none");
              project.scene.require(project.backup());
              return Outcome.of(project.scene.verify(project.scene.newest()));
            }),
        fresh(
            "NotesOfObjectsCutShort",
            "of what was noted of Storage's objects the store has the beginning only",
            new Judged(VerdictOutcome.REFUTED, Reason.CORRUPT_RECOVERY_POINT),
            project -> {
              project.scene.require(project.backup());
              var point = project.scene.newest();
              project.scene.wrapRestic(
                  "case \"$*\" in *objects.jsonl*) \"$REAL\" \"$@\" | head -n 3 ;; *) exec"
                      + " \"$REAL\" \"$@\" ;; esac");
              return Outcome.of(project.scene.verify(point));
            }),
        globals(
            "RoleWithoutLogin",
            "the role of PostgREST may not log in",
            "s/^\\(ALTER ROLE authenticator WITH .*\\) LOGIN /\\1 NOLOGIN /"),
        globals(
            "RoleWithoutPassword",
            "the role of PostgREST has no password",
            "/^ALTER ROLE authenticator/s/ PASSWORD .*;/;/"),
        globals(
            "MembershipLost",
            "the role of PostgREST cannot become service_role",
            "/^GRANT service_role TO authenticator/d"),
        dump(
            "PolicyDropped",
            "a policy is not made",
            InTheCopy.altered("CREATE POLICY own", "--EATE POLICY own")),
        dump(
            "TriggerOnAuthGone",
            "a trigger on auth.users is not made",
            InTheCopy.altered("CREATE TRIGGER welcome", "--EATE TRIGGER welcome")),
        dump(
            "PublicationEmptied",
            "what Realtime publishes has no tables",
            InTheCopy.altered(
                "ALTER PUBLICATION supabase_realtime ADD",
                "--TER PUBLICATION supabase_realtime ADD")),
        dump(
            "FunctionOfAuthAltered",
            "a function that policies ask is another",
            InTheCopy.altered("request.jwt.claim.sub", "request.jwt.claim.sux")),
        dump(
            "CronJobMissing",
            "the table of cron jobs is in the dump without its rows",
            InTheCopy.without("--exclude-table-data=cron.job")),
        dump(
            "SecretOfVaultMissing",
            "the secrets of Vault are in the dump without their rows",
            InTheCopy.without("--exclude-table-data=vault.secrets")),
        fresh(
            "JwtSecretChanged",
            "the database of the copy has another JWT secret than the source had",
            DIFFERS,
            project -> {
              project.scene.require(project.backup());
              var point = project.scene.newest();
              project.scene.require(project.scene.run(project.scene.fetchTask(point)));
              Script.run(
                  "sed -i s/" + SelfHostedSupabase.JWT_SECRET + "/another/ manifest.json",
                  project.scene.sandbox());
              return Outcome.of(project.scene.run(project.scene.compareTask(point)));
            }),
        fresh(
            "AnonKeyOfAnotherSecret",
            "an API key in `.env` is not signed by the JWT secret beside it",
            NAMED_KEY,
            project -> {
              project.sh("echo ANON_KEY=eyJhbGciOiJIUzI1NiJ9.e30.AAAA >> .env");
              var report = project.scene.require(project.backup());
              return report.outcome() == TaskReport.Outcome.SUCCEEDED
                      && String.valueOf(report.warnings())
                          .contains("ANON_KEY of .env is not signed")
                  ? NAMED_KEY
                  : Outcome.of(report);
            }),
        copy(
            "ContentTypeLostInTheCopy",
            "a file of Storage in the copy does not say its type",
            "storage",
            "top=$PWD/..; (cd 'stub/stub/avatars/user 1.png'; touch -r . $top/t; cp -p 0* $top/x;"
                + " mv $top/x 0*; touch -r $top/t .)"),
        fresh(
            "ObjectOfThePointBeforeLostInTheCopy",
            "an object went while it was kept, the point has that of the point before, the copy has"
                + " none",
            DIFFERS,
            project -> {
              overtake(project);
              return compared(
                  project,
                  "storage",
                  "top=$PWD/..; (cd stub/stub/avatars/new; touch -r . $top/t; rm 0*; touch -r"
                      + " $top/t .)");
            }),
        copy(
            "FunctionLostInTheCopy",
            "a file of an Edge Function is not in the copy",
            "functions",
            "rm main/index.ts"),
        copy(
            "OtherKeyInTheCopy",
            "the key of Vault in the copy is another of the same size and time",
            "key",
            "key=pgsodium_root.key; " + OTHER_KEY),
        stored(
            "NotesOfAProjectGone",
            "the snapshot with what was noted of a project's files is gone",
            "kind=notes"),
        stored(
            "FilesOfAProjectGone",
            "the snapshots of a project's files are gone, and those of its databases are there",
            "kind=files"),
        killed(Step.GLOBALS),
        killed(Step.STORE),
        killed(Step.MANIFEST));
  }

  private static PlantedDefect fresh(String name, String breaks, Outcome expected, OnProject what) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var project = SupabaseScene.fresh()) {
            return what.plant(project);
          }
        });
  }

  private static PlantedDefect source(String name, String breaks, Outcome expected, String script) {
    return fresh(
        name,
        breaks,
        expected,
        project -> {
          project.sh(script);
          return Outcome.of(project.backup());
        });
  }

  private static PlantedDefect dump(String name, String breaks, String script) {
    return wrapped(name, breaks, "pg_dump", script);
  }

  private static PlantedDefect globals(String name, String breaks, String edit) {
    return wrapped(
        name, breaks, "pg_dumpall", "set -o pipefail\n\"$REAL\" \"$@\" | sed \"" + edit + "\"");
  }

  private static PlantedDefect wrapped(String name, String breaks, String program, String script) {
    return fresh(
        name,
        breaks,
        DIFFERS,
        project -> {
          project.scene.wrapPostgres(program, script);
          project.scene.require(project.backup());
          project.scene.unwrap();
          return Outcome.of(project.scene.verify(project.scene.newest()));
        });
  }

  /** In the folder of a bucket. */
  private static PlantedDefect objects(String name, String breaks, String says, String script) {
    return fresh(
        name,
        breaks,
        partialNaming(says),
        project -> {
          project.sh("cd volumes/storage/stub/stub/avatars; " + script);
          return partial(project, says);
        });
  }

  private static PlantedDefect copy(String name, String breaks, String tree, String script) {
    return fresh(
        name,
        breaks,
        DIFFERS,
        project -> {
          project.scene.require(project.backup());
          return compared(project, tree, script);
        });
  }

  /** Of the newest point, altered in between. */
  private static Outcome compared(SupabaseScene project, String tree, String script) {
    var point = project.scene.newest();
    project.scene.require(project.scene.run(project.scene.fetchTask(point)));
    Script.run("touch -r . ../time; " + script + "; touch -r ../time .", project.copy(tree));
    return Outcome.of(project.scene.run(project.scene.compareTask(point)));
  }

  /** An object of the point before goes, row and bytes, when its row has been dumped. */
  private static void overtake(SupabaseScene project) {
    var avatars = project.project.resolve("volumes/storage/stub/stub/avatars");
    var delete = "DELETE FROM storage.objects WHERE name = 'new'";
    var allow = "SET storage.allow_delete_query = 'true'";
    var server = SupabaseScene.server();
    server.execute(
        "postgres",
        "INSERT INTO storage.objects SELECT md5('new')::uuid, bucket_id, 'new', version, metadata"
            + " FROM storage.objects WHERE name = 'user 1.png'");
    try {
      Script.run("cp -a 'user 1.png' new", avatars);
      project.scene.require(project.backup());
      project.scene.wrapPostgres(
          "pg_dumpall",
          "rm -rf '%s'; \"${REAL%%/*}/psql\" '%s' -qc \"%s; %s\" >&2; exec \"$REAL\" \"$@\""
              .formatted(avatars.resolve("new"), server.uri("postgres"), allow, delete));
      project.scene.require(project.backup());
      project.scene.unwrap();
    } finally {
      server.execute("postgres", allow, delete);
    }
  }

  private static PlantedDefect stored(String name, String breaks, String tag) {
    return fresh(
        name,
        breaks,
        CORRUPT,
        project -> {
          project.scene.require(project.backup());
          var point = project.scene.newest();
          InTheRepository.forget(project.scene, tag);
          return Outcome.of(project.scene.verify(point));
        });
  }

  private static PlantedDefect killed(Step step) {
    return fresh(
        "KilledProjectBackupAt" + KilledAtAStep.camelCase(step),
        "kill -9 of a backup of a project as it begins " + step,
        BACKED_UP,
        project -> {
          project.scene.kill(project.backupTask(), step);
          var listed = project.scene.points().size();
          if (listed != 0) {
            return new Green(listed + " points are listed");
          }
          project.scene.require(project.backup());
          return project.scene.points().size() == 1
              ? BACKED_UP
              : new Green("listed are " + project.scene.points());
        });
  }

  static Harmless partialNaming(String what) {
    return new Harmless("the point is Partial, and says `" + what + "`");
  }

  static Outcome partial(SupabaseScene project, String what) {
    var report = project.scene.require(project.backup());
    return report.outcome() == TaskReport.Outcome.PARTIAL
            && Objects.requireNonNull(report.warnings()).toString().contains(what)
        ? partialNaming(what)
        : Outcome.of(report);
  }
}

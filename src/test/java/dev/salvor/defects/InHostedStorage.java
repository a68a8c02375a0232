package dev.salvor.defects;

import static dev.salvor.defects.InASupabase.partialNaming;

import dev.salvor.api.Reason;
import dev.salvor.api.SupabaseSource;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Judged;
import dev.salvor.task.Credential;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.TaskReport;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.Script;
import dev.salvor.testing.SelfHostedSupabase;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Damage to the objects of a hosted project, and to what Storage's S3 protocol gives of them. */
final class InHostedStorage {
  private static final String OBJECT = "/avatars/user 1.png";
  private static final String FILE =
      "stub/stub/avatars/user 1.png/00000000-0000-4000-8000-000000000001";

  private InHostedStorage() {}

  /** One server for the whole run, whose buckets are called as Storage's are. */
  static final class Running {
    static final S3Server STORAGE = start();

    private static S3Server start() {
      var server = S3Server.start();
      try (var scene = Scene.withoutDatabase()) {
        var project = Scene.made(scene.folder().resolve("project"));
        SelfHostedSupabase.lay(project);
        SelfHostedSupabase.serve(project, server);
      }
      return server;
    }
  }

  static List<PlantedDefect> all() {
    return List.of(
        said(
            "ServedObjectWithoutBytes",
            "the row of an object is there, and Storage has no bytes for it",
            "1 without bytes",
            _ -> S3Front.answer("404 Not Found", "<Error><Code>NoSuchKey</Code></Error>")),
        said(
            "ServedBytesOfAnother",
            "under the name of an object come other bytes of the same size, with an ETag of theirs",
            "1 without bytes",
            answer ->
                S3Front.retold(
                    altered(answer),
                    head -> head.replaceAll("(?i)(etag: ).*", "$1\"" + "0".repeat(32) + "\""))),
        said(
            "ServedBytesRotten",
            "of an object come other bytes of the same size each time, and its ETag is the row's",
            "have an ETag that is not the MD5",
            InHostedStorage::altered),
        said(
            "ServedBytesFewer",
            "of an object fewer bytes come than its row says, and as many as its answer says",
            "1 without bytes",
            answer ->
                Arrays.copyOf(
                    S3Front.retold(answer, head -> head.replace("Length: 5000", "Length: 4991")),
                    answer.length - 9)),
        said(
            "ServedBodyCutShort",
            "of an object fewer bytes come than its answer says, each time",
            "cannot be read",
            answer -> Arrays.copyOf(answer, answer.length - 9)),
        said(
            "ServedTypeLost",
            "an object comes without its content type",
            "1 without their content type",
            answer ->
                S3Front.retold(answer, head -> head.replaceAll("(?i)\r\ncontent-type:.*", ""))),
        said(
            "StorageFails",
            "Storage answers for one object that it has failed",
            "cannot be read: InternalError (HTTP 500)",
            _ ->
                S3Front.answer(
                    "500 Internal Server Error", "<Error><Code>InternalError</Code></Error>")),
        said(
            "ServedObjectForbidden",
            "Storage gives all objects but one, which the keys may not read",
            "AccessDenied (HTTP 403)",
            _ -> S3Front.answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")),
        onStorage(
            "KeysOfStorageUnknown",
            "Storage does not know the keys to it",
            partialNaming("objects of Storage are not in this point"),
            (scene, front, api) -> {
              keys(scene, "nobody", "knows");
              return partial(scene, front, api, "objects of Storage are not in this point");
            }),
        onStorage(
            "KeysOfStorageNotThere",
            "the Secret with the keys to Storage is gone",
            new Failed(Reason.CREDENTIALS_MISSING),
            (scene, front, api) -> {
              Script.run("rm -r credentials/storage-s3", scene.folder());
              return Outcome.of(backup(scene, front, api));
            }),
        inTheCopy(
            "ServedObjectLostInCopy", "the file of an object is not in the copy", "rm \"$1\""),
        inTheCopy(
            "ServedObjectAlteredInCopy",
            "the file of an object has other bytes of the same size in the copy",
            "time=$(stat -c %y \"$1\"); printf x | dd of=\"$1\" conv=notrunc status=none;"
                + " touch -d \"$time\" \"$1\""),
        inTheCopy(
            "ServedTypeLostInCopy",
            "the file of an object has lost its content type in the copy",
            "cp --preserve=mode,ownership,timestamps \"$1\" again; mv again \"$1\""));
  }

  private static byte[] altered(byte[] answer) {
    var other = answer.clone();
    other[other.length - 1] ^= 1;
    return other;
  }

  /** On a project whose objects Storage gives, and what stands before it. */
  private interface OnStorage {
    Outcome plant(Scene scene, S3Front front, ManagementStub api) throws Exception;
  }

  private static PlantedDefect onStorage(
      String name, String breaks, Outcome expected, OnStorage what) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var front = new S3Front(Running.STORAGE);
              var scene = InAHostedProject.scene("postgres:p1");
              var api = ManagementStub.start(InAHostedProject.PROJECT, InAHostedProject.TOKEN)) {
            keys(scene, S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
            return what.plant(scene, front, api);
          }
        });
  }

  static void keys(Scene scene, String id, String secret) {
    scene.credential(Credential.STORAGE_S3, "accessKeyId", id);
    scene.credential(Credential.STORAGE_S3, "secretAccessKey", secret);
  }

  static TaskReport backup(Scene scene, S3Front front, ManagementStub api) {
    return scene.run(
        InAHostedProject.backup(
            scene, api, new StorageEndpoint(front.endpoint(), S3Server.REGION)));
  }

  private static Outcome partial(Scene scene, S3Front front, ManagementStub api, String says) {
    var report = scene.require(backup(scene, front, api));
    return report.outcome() == TaskReport.Outcome.PARTIAL
            && Objects.requireNonNull(report.warnings()).toString().contains(says)
        ? partialNaming(says)
        : Outcome.of(report);
  }

  private static PlantedDefect said(
      String name, String breaks, String says, UnaryOperator<byte[]> answer) {
    return onStorage(
        name,
        breaks,
        partialNaming(says),
        (scene, front, api) -> {
          front.lie(
              (request, given) ->
                  request.startsWith("GET " + OBJECT) ? answer.apply(given) : given);
          return partial(scene, front, api, says);
        });
  }

  private static PlantedDefect inTheCopy(String name, String breaks, String script) {
    return onStorage(
        name,
        breaks,
        new Judged(VerdictOutcome.REFUTED, Reason.FACTS_DIFFER),
        (scene, front, api) -> {
          scene.require(backup(scene, front, api));
          var point = scene.newest();
          scene.require(scene.run(scene.fetchTask(point)));
          var copy = scene.sandbox().resolve("trees").resolve(SupabaseSource.STORAGE);
          Script.run("set -- '" + FILE + "'; " + script, copy);
          return Outcome.of(scene.run(scene.compareTask(point)));
        });
  }
}

package dev.salvor.defects;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.HostedStorageStub;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import dev.salvor.testing.SelfHostedSupabase;
import java.util.List;
import software.amazon.awssdk.core.sync.RequestBody;

/** What goes wrong while objects are put into the Storage of a project that Supabase hosts. */
final class InObjectsToHosted {
  private static final String PUT = "PUT /avatars/user 1.png";
  private static final String HEAD = "HEAD /avatars/user 1.png";
  private static final Harmless UNPROVEN = new Harmless("the restore is Unproven");

  private InObjectsToHosted() {}

  /** Of one defect alone: several are planted at once. */
  private record Place(S3Server storage, SelfHostedSupabase target) {
    void delete() {
      storage.client().deleteObject(it -> it.bucket("avatars").key("user 1.png"));
    }

    void replace() {
      storage
          .client()
          .putObject(
              it ->
                  it.bucket("avatars")
                      .key("user 1.png")
                      .contentType("image/png")
                      .cacheControl("max-age=3600"),
              RequestBody.fromBytes(new byte[5000]));
    }
  }

  /** What a server does besides its answer. */
  private interface Deed {
    byte[] instead(String request, byte[] answer, Place place);
  }

  static List<PlantedDefect> all() {
    return List.of(
        said(
            "HostedObjectNotTaken",
            "an object is taken, and is not there",
            new Failed(Reason.RESTORE_FAILED),
            (request, answer, place) -> {
              if (request.equals(PUT)) {
                place.delete();
              }
              return answer;
            }),
        said(
            "HostedObjectLost",
            "an object was there after it was put, and goes before the end",
            new Failed(Reason.FACTS_DIFFER),
            (request, answer, place) -> {
              if (request.equals(HEAD)) {
                place.delete();
              }
              return answer;
            }),
        said(
            "HostedObjectOtherBytes",
            "an object is taken, and has other bytes of the same size",
            new Failed(Reason.RESTORE_FAILED),
            (request, answer, place) -> {
              if (request.equals(PUT)) {
                place.replace();
              }
              return answer;
            }),
        said(
            "HostedObjectReplaced",
            "an object has other bytes of the same size before the end",
            new Failed(Reason.FACTS_DIFFER),
            (request, answer, place) -> {
              if (request.equals(HEAD)) {
                place.replace();
              }
              return answer;
            }),
        said(
            "HostedObjectTypeLost",
            "an object is taken, and its content type is not",
            new Failed(Reason.RESTORE_FAILED),
            (request, answer, _) ->
                request.equals(HEAD)
                    ? S3Front.retold(answer, head -> head.replaceAll("(?i)\r\ncontent-type:.*", ""))
                    : answer),
        said(
            "HostedObjectRowLost",
            "an object is there, and Storage has no row of it",
            new Failed(Reason.FACTS_DIFFER),
            (request, answer, place) -> {
              if (request.equals(HEAD)) {
                place
                    .target()
                    .server()
                    .execute(
                        SelfHostedSupabase.DATABASE,
                        "SET storage.allow_delete_query = 'true'",
                        "DELETE FROM storage.objects WHERE name = 'user 1.png'");
              }
              return answer;
            }),
        inDatabase(
            "HostedObjectOwnerLost",
            "an object's row has another owner than at the source",
            """
            CREATE FUNCTION pgsodium.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
              IF new.name = 'user 1.png' THEN new.owner_id = 'another'; END IF; RETURN new; END $$;
            CREATE TRIGGER spoil BEFORE UPDATE ON storage.objects FOR EACH ROW EXECUTE FUNCTION pgsodium.spoil();
            ALTER TABLE storage.objects ENABLE ALWAYS TRIGGER spoil;
            """));
  }

  private static PlantedDefect said(String name, String breaks, Outcome expected, Deed deed) {
    return new PlantedDefect(name, breaks, expected, () -> restore("SELECT 1", deed));
  }

  private static PlantedDefect inDatabase(String name, String breaks, String sql) {
    return new PlantedDefect(name, breaks, UNPROVEN, () -> restore(sql, (_, answer, _) -> answer));
  }

  private static Outcome restore(String sql, Deed deed) throws Exception {
    try (var target = SelfHostedSupabase.startNew();
        var scene = InAHostedProject.scene("postgres:p1");
        var api = ManagementStub.start(InAHostedProject.PROJECT, InAHostedProject.TOKEN);
        var source = new S3Front(InHostedStorage.Running.STORAGE);
        var server = S3Server.start();
        var storage = new HostedStorageStub(server, target.server())) {
      var place = new Place(server, target);
      InHostedStorage.keys(scene, S3Server.ACCESS_KEY, S3Server.SECRET_KEY);
      scene.require(InHostedStorage.backup(scene, source, api));
      target.server().execute(SelfHostedSupabase.DATABASE, sql);
      storage.lie((request, answer) -> deed.instead(request, answer, place));
      var report =
          scene.run(
              InARestoreToHosted.task(
                  scene,
                  target,
                  null,
                  List.of(),
                  new StorageEndpoint(storage.endpoint(), S3Server.REGION)));
      return report.result() instanceof TaskResult.Restored restored
              && restored.comparison() == VerdictOutcome.UNPROVEN
          ? UNPROVEN
          : Outcome.of(report);
    }
  }
}

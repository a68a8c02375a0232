package dev.salvor.defects;

import dev.salvor.api.Reason;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import software.amazon.awssdk.core.sync.RequestBody;

/** Damage to objects of Storage on their way into a bucket, and to what they are restored from. */
final class IntoABucket {
  private static final String OBJECT =
      "stub/avatars/user 1.png/00000000-0000-4000-8000-000000000001";

  private IntoABucket() {}

  /** What becomes of the object's bytes, behind the back of who put them. */
  private interface Deed {
    void on(String bucket, byte[] bytes);
  }

  /** What is done to the project before its Storage is restored. */
  private interface Before {
    void on(SupabaseScene project) throws Exception;
  }

  static List<PlantedDefect> all() {
    return List.of(
        behind(
            "ObjectLostInTheUpload",
            "an object is taken by the bucket, and is not there afterwards",
            "PUT ",
            (bucket, bytes) -> delete(bucket)),
        behind(
            "ObjectLostBehindItsUpload",
            "an object goes after it was seen in the bucket, and before the end",
            "HEAD ",
            (bucket, bytes) -> delete(bucket)),
        behind(
            "TypeOfAnObjectLost",
            "the bucket has an object without the type that it was given",
            "PUT ",
            (bucket, bytes) -> put(bucket, bytes, "binary/octet-stream")),
        behind(
            "ObjectTruncated",
            "the bucket has fewer bytes of an object than it was given",
            "PUT ",
            (bucket, bytes) -> put(bucket, Arrays.copyOf(bytes, bytes.length - 1))),
        behind(
            "BytesOfAnotherVersion",
            "the bucket has other bytes of the same size for an object",
            "PUT ",
            (bucket, bytes) -> put(bucket, altered(bytes))),
        behind(
            "BytesOfAnotherVersionLater",
            "an object becomes another of the same size after it was seen in the bucket",
            "HEAD ",
            (bucket, bytes) -> put(bucket, altered(bytes))),
        behind(
            "AnotherRestoreToTheBucket",
            "another restore to the bucket begins while this one puts objects",
            "PUT ",
            (bucket, bytes) ->
                S3Server.shared()
                    .client()
                    .putObject(
                        it -> it.bucket(bucket).key(".salvor-restore/stub.json"),
                        RequestBody.fromString("{\"request\": \"another\"}"))),
        planted(
            "ObjectsStoredAreLost",
            "bytes of objects are lost from the store, and the bucket is to have them",
            Reason.STORE_DAMAGED,
            "What could be restored lies in bucket",
            project ->
                project.sh("cd ../store; find . -path '*/data/*' -type f -size +200k -delete")),
        planted(
            "ArchiveOfObjectsCutShort",
            "the engine ends before it has given all objects, and says that all is well",
            Reason.RESTORE_FAILED,
            "ends before its end",
            project ->
                project.scene.wrapRestic(
                    "case \"$*\" in *dump*:/*) \"$REAL\" \"$@\" | head -c 4000; exit 0 ;; esac;"
                        + " exec \"$REAL\" \"$@\"")),
        planted(
            "ObjectMissingFromTheArchive",
            "the engine gives an archive that is whole, and lacks an object",
            Reason.RESTORE_FAILED,
            "000000000001 is missing",
            project ->
                project.scene.wrapRestic(
                    "case \"$*\" in *dump*:/*) D=$(mktemp -d -p \"${0%/*}\") && \"$REAL\" \"$@\" |"
                        + " tar --xattrs --xattrs-include='user.*' -xC \"$D\" && cd \"$D\" && rm -r"
                        + " avatars/'user 1.png' && tar --xattrs --format=posix -c *; exit ;; esac;"
                        + " exec \"$REAL\" \"$@\"")));
  }

  /** With a pack that holds objects and nothing else. */
  private static SupabaseScene backedUp() {
    var made = SupabaseScene.fresh();
    made.sh(
        "cd volumes/storage; rm -r multiparts; mkdir stub/stub/docs/large;"
            + " head -c 300000 /dev/urandom > stub/stub/docs/large/1");
    made.scene.require(made.backup());
    return made;
  }

  private static void delete(String bucket) {
    S3Server.shared().client().deleteObject(it -> it.bucket(bucket).key(OBJECT));
  }

  private static void put(String bucket, byte[] bytes) {
    var type = S3Server.shared().client().headObject(it -> it.bucket(bucket).key(OBJECT));
    put(bucket, bytes, type.contentType());
  }

  private static void put(String bucket, byte[] bytes, String type) {
    var was = S3Server.shared().client().headObject(it -> it.bucket(bucket).key(OBJECT));
    S3Server.shared()
        .client()
        .putObject(
            it -> it.bucket(bucket).key(OBJECT).contentType(type).cacheControl(was.cacheControl()),
            RequestBody.fromBytes(bytes));
  }

  private static byte[] altered(byte[] bytes) {
    var other = bytes.clone();
    other[0] ^= 1;
    return other;
  }

  private static PlantedDefect behind(String name, String breaks, String call, Deed deed) {
    return new PlantedDefect(
        name,
        breaks,
        new Failed(Reason.RESTORE_FAILED),
        () -> {
          try (var front = new S3Front(S3Server.shared());
              var project = backedUp()) {
            var bucket = S3Server.shared().bucket();
            var planted = new AtomicBoolean();
            front.lie(
                (request, answer) -> {
                  if (request.startsWith(call + "/" + bucket + "/" + OBJECT)
                      && !planted.getAndSet(true)) {
                    deed.on(bucket, bytes(bucket));
                  }
                  return answer;
                });
            var report = project.restoreToBucket(front.endpoint(), bucket);
            return planted.get()
                ? Outcome.of(report)
                : new Outcome.Green("nothing was planted: " + report);
          }
        });
  }

  private static byte[] bytes(String bucket) {
    return S3Server.shared()
        .client()
        .getObjectAsBytes(it -> it.bucket(bucket).key(OBJECT))
        .asByteArray();
  }

  private static PlantedDefect planted(
      String name, String breaks, Reason reason, String says, Before before) {
    return new PlantedDefect(
        name,
        breaks,
        new Failed(reason),
        () -> {
          try (var project = backedUp()) {
            var bucket = S3Server.shared().bucket();
            before.on(project);
            var report = project.restoreToBucket(S3Server.shared().endpoint(), bucket);
            return String.valueOf(report.failure()).contains(says)
                ? Outcome.of(report)
                : new Outcome.Green(String.valueOf(report));
          }
        });
  }
}

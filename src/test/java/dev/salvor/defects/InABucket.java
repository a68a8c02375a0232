package dev.salvor.defects;

import static dev.salvor.defects.InASupabase.partial;
import static dev.salvor.defects.InASupabase.partialNaming;

import dev.salvor.api.Reason;
import dev.salvor.api.VerdictOutcome;
import dev.salvor.defects.Outcome.Failed;
import dev.salvor.defects.Outcome.Green;
import dev.salvor.defects.Outcome.Harmless;
import dev.salvor.task.StoreTarget;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.S3Front;
import dev.salvor.testing.S3Server;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import software.amazon.awssdk.core.sync.RequestBody;

/** Damage to the bucket of a Supabase's Storage, on the way from it, and to what is held of it. */
final class InABucket {
  private static final String OBJECT =
      "stub/avatars/user 1.png/00000000-0000-4000-8000-000000000001";

  private static final Harmless FETCHED_ANEW =
      new Harmless("all objects are fetched anew, and the point is Verified");
  private static final Harmless ASKED_AGAIN =
      new Harmless("the object is asked for again, and the point is Verified");

  private InABucket() {}

  /** On a project of its own, and what stands before its bucket. */
  private interface OnBucket {
    Outcome plant(SupabaseScene project, S3Front front) throws Exception;
  }

  static List<PlantedDefect> all() {
    return List.of(
        fails(
            "BucketMissing",
            "the bucket of Storage is not there",
            Reason.SOURCE_MISSING,
            (project, front) -> project.bucket = named(project, "no-such-bucket")),
        fails(
            "BucketWithoutObjects",
            "the bucket of Storage is empty, and the database knows of objects",
            Reason.EMPTY_SOURCE,
            (project, front) -> project.bucket = named(project, S3Server.shared().bucket())),
        fails(
            "KeysOfTheBucketUnknown",
            "the bucket does not know the keys to it",
            Reason.AUTHENTICATION_FAILED,
            (project, front) -> project.keys("nobody", "knows")),
        fails(
            "ObjectsMayBeListedAndNotRead",
            "the keys to the bucket may list objects, and not read them",
            Reason.INSUFFICIENT_PRIVILEGE,
            (project, front) ->
                front.lie(
                    (request, answer) ->
                        request.contains(OBJECT)
                            ? S3Front.answer(
                                "403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")
                            : answer)),
        fails(
            "ListOfObjectsBrokenOff",
            "the list of objects says that there are more, and not how to go on",
            Reason.SOURCE_UNREACHABLE,
            (project, front) ->
                front.lie(
                    (request, answer) ->
                        isList(request)
                            ? S3Front.altered(
                                answer,
                                body ->
                                    body.replace(
                                        "<IsTruncated>false</IsTruncated>",
                                        "<IsTruncated>true</IsTruncated>"))
                            : answer)),
        said(
            "ListOfObjectsIncomplete",
            "an object is not in the list of the bucket",
            "1 without bytes",
            (project, front) ->
                front.lie(
                    (request, answer) ->
                        isList(request)
                            ? S3Front.altered(
                                answer,
                                body -> body.replaceFirst("<Contents>(?s:.*?)</Contents>", ""))
                            : answer)),
        said(
            "ObjectGoneBeforeItIsFetched",
            "an object goes between the list and its turn, and its row stays",
            "1 without bytes",
            (project, front) ->
                front.lie(
                    (request, answer) ->
                        request.contains(OBJECT)
                            ? S3Front.answer(
                                "404 Not Found", "<Error><Code>NoSuchKey</Code></Error>")
                            : answer)),
        said(
            "BodyOfAnObjectCutShort",
            "of an object fewer bytes come than its server says, each time",
            "cannot be read",
            (project, front) ->
                front.lie(
                    (request, answer) ->
                        request.contains(OBJECT)
                            ? Arrays.copyOf(answer, answer.length - 9)
                            : answer)),
        onBucket(
            "BodyOfAnObjectCutShortOnce",
            "of an object fewer bytes come than its server says",
            ASKED_AGAIN,
            (project, front) -> {
              var times = new AtomicInteger();
              front.lie(
                  (request, answer) ->
                      request.contains(OBJECT) && times.getAndIncrement() == 0
                          ? Arrays.copyOf(answer, answer.length - 9)
                          : answer);
              return proven(project, ASKED_AGAIN, () -> times.get() > 1);
            }),
        onBucket(
            "BytesAlteredOnTheWay",
            "of an object other bytes come than its ETag says",
            ASKED_AGAIN,
            (project, front) -> {
              var times = new AtomicInteger();
              front.lie(
                  (request, answer) -> {
                    if (request.contains(OBJECT) && times.getAndIncrement() == 0) {
                      answer[answer.length - 1] ^= 1;
                    }
                    return answer;
                  });
              return proven(project, ASKED_AGAIN, () -> times.get() > 1);
            }),
        said(
            "KeyThatLeadsOut",
            "the key of an object leads out of the folder in which it is laid out",
            "is no path that a file can have",
            (project, front) ->
                front.lie(
                    (request, answer) ->
                        isList(request)
                            ? S3Front.altered(
                                answer,
                                body ->
                                    body.replaceFirst(
                                        "<Contents>",
                                        "<Contents><Key>stub/../../../../../out</Key>"
                                            + "<Size>1</Size></Contents><Contents>"))
                            : answer)),
        onBucket(
            "BytesOfHollowFilesLost",
            "what the last point holds of the objects is lost from the store, and from its index",
            FETCHED_ANEW,
            (project, front) -> {
              var large = new byte[300_000];
              new SecureRandom().nextBytes(large);
              var name = Objects.requireNonNull(project.bucket).bucket();
              S3Server.shared()
                  .client()
                  .putObject(
                      it -> it.bucket(name).key("stub/docs/large/1"), RequestBody.fromBytes(large));
              project.scene.require(project.backup());
              // The pack that has it has all others, and nothing else.
              project.sh("cd ../store; find . -path '*/data/*' -type f -size +200k -delete");
              new ResticByHand(project.scene).run("repair", "index");
              return fetchedAnew(project, front);
            }),
        onBucket(
            "HollowFileRead",
            "the engine reads a file that stands for what it has, and has no bytes",
            FETCHED_ANEW,
            (project, front) -> {
              project.scene.require(project.backup());
              project.scene.wrapRestic(
                  "case \"$*\" in *--parent=*--ignore-inode*) touch storage/*/'"
                      + OBJECT
                      + "' ;; esac; exec \"$REAL\" \"$@\"");
              return fetchedAnew(project, front);
            }),
        onBucket(
            "ParentIsAnother",
            "the engine takes another snapshot for the one that has the objects",
            FETCHED_ANEW,
            (project, front) -> {
              project.scene.require(project.backup());
              project.scene.wrapRestic(
                  "case \"$*\" in *--ignore-inode*) set -- \"${@/--parent=*/--force}\" ;; esac;"
                      + " exec \"$REAL\" \"$@\"");
              return fetchedAnew(project, front);
            }));
  }

  private static boolean isList(String request) {
    return request.contains("list-type=2") && !request.contains("max-keys=1&");
  }

  private static StoreTarget.Bucket named(SupabaseScene project, String name) {
    var known = Objects.requireNonNull(project.bucket);
    return new StoreTarget.Bucket(name, null, known.endpoint(), known.region(), null, null);
  }

  private static Outcome proven(SupabaseScene project, Harmless expected, BooleanSupplier came) {
    var report = project.scene.require(project.backup());
    if (report.outcome() != TaskReport.Outcome.SUCCEEDED) {
      return Outcome.of(report);
    }
    var proof = project.scene.verify(project.scene.newest());
    return came.getAsBoolean()
            && proof.result() instanceof TaskResult.Compared compared
            && compared.outcome() == VerdictOutcome.VERIFIED
        ? expected
        : Outcome.of(proof);
  }

  private static Outcome fetchedAnew(SupabaseScene project, S3Front front) {
    front.lie((request, answer) -> answer);
    var report = project.scene.require(project.backup());
    project.scene.unwrap();
    var fetched = front.asked("GET /" + Objects.requireNonNull(project.bucket).bucket() + "/stub/");
    if (fetched.size() < 10
        || !String.valueOf(report.warnings()).contains("all objects are fetched anew")) {
      return new Green(fetched.size() + " objects were fetched; " + report.warnings());
    }
    return proven(project, FETCHED_ANEW, () -> true);
  }

  private static PlantedDefect onBucket(
      String name, String breaks, Outcome expected, OnBucket what) {
    return new PlantedDefect(
        name,
        breaks,
        expected,
        () -> {
          try (var front = new S3Front(S3Server.shared());
              var project = SupabaseScene.inBucket(front)) {
            return what.plant(project, front);
          }
        });
  }

  /** What is done to a bucket before it is kept. */
  private interface Deed {
    void on(SupabaseScene project, S3Front front);
  }

  private static PlantedDefect fails(String name, String breaks, Reason reason, Deed deed) {
    return onBucket(
        name,
        breaks,
        new Failed(reason),
        (project, front) -> {
          deed.on(project, front);
          return Outcome.of(project.backup());
        });
  }

  private static PlantedDefect said(String name, String breaks, String says, Deed deed) {
    return onBucket(
        name,
        breaks,
        partialNaming(says),
        (project, front) -> {
          deed.on(project, front);
          return partial(project, says);
        });
  }
}

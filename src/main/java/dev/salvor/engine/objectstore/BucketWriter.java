package dev.salvor.engine.objectstore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Puts objects of any size into a bucket, and takes them away.
 *
 * <p>Every method fails by {@link EngineException} as {@link ObjectBucket} does, but for
 * TARGET_UNUSABLE where there is no such bucket, or no room in it. One instance serves several
 * threads.
 */
public final class BucketWriter {
  private static final String UNTYPED = "application/octet-stream";
  private static final int MOST_BYTES_READ = 1 << 16;
  private static final int PIECE_BYTES = 1 << 17;

  /** It is another, or just becomes one. */
  private static final Set<Integer> NOT_AS_KNOWN = Set.of(412, 409);

  /** Of servers that refuse what they do not know. */
  private static final Set<Integer> NO_CONDITIONS = Set.of(400, 501);

  private final ObjectBucket bucket;

  public BucketWriter(ObjectBucket bucket) {
    this.bucket = bucket;
  }

  /**
   * Puts an object, over one that is there. A body that does not fit into one part goes in parts,
   * of which one is in memory at a time. What the server's ETag does not vouch for is read back: so
   * that what this returns from is there, byte for byte.
   *
   * @param body of the size that was said; read to there and not closed
   * @param arriving is told what was sent
   * @param begun is told of an upload in parts by its id before the first of them; it is aborted
   *     where this fails, and left behind where this process is killed
   * @throws IOException if the body cannot be read, or ends too early
   * @throws EngineException also SOURCE_UNREACHABLE where the bucket has other bytes afterwards
   */
  public PutObject put(
      NewObject object, InputStream body, ObjectBucket.Arriving arriving, Consumer<String> begun)
      throws IOException {
    var sizes = PartSizes.of(object.sizeBytes());
    var digest = new BodyDigest(sizes);
    var etag =
        sizes.isWhole()
            ? putWhole(object, next(body, sizes.sizeBytes(), digest), arriving)
            : putInParts(object, body, sizes, digest, arriving, begun);
    var ended = digest.end();
    if (!ended.isNamedBy(etag) && !holds(object.key(), ended.md5())) {
      throw new EngineException(
          Reason.SOURCE_UNREACHABLE,
          "of '" + object.key() + "' " + bucket.place() + " has other bytes than were sent");
    }
    return new PutObject(etag, ended.md5());
  }

  private String putWhole(NewObject object, byte[] bytes, ObjectBucket.Arriving arriving) {
    var answer =
        attempt(
            "PutObject",
            object.key(),
            () -> bucket.client().putObject(request(object, bytes).build(), body(bytes)));
    arriving.bytes(bytes.length);
    return ObjectBucket.etag(answer.eTag());
  }

  private PutObjectRequest.Builder request(NewObject object, byte[] bytes) {
    return PutObjectRequest.builder()
        .bucket(bucket.bucket())
        .key(object.key())
        .contentMD5(md5(bytes))
        .contentType(object.contentType())
        .cacheControl(object.cacheControl());
  }

  private String putInParts(
      NewObject object,
      InputStream body,
      PartSizes sizes,
      BodyDigest digest,
      ObjectBucket.Arriving arriving,
      Consumer<String> begun)
      throws IOException {
    var upload =
        attempt(
                "PutObject",
                object.key(),
                () ->
                    bucket
                        .client()
                        .createMultipartUpload(
                            request ->
                                request
                                    .bucket(bucket.bucket())
                                    .key(object.key())
                                    .contentType(object.contentType())
                                    .cacheControl(object.cacheControl())))
            .uploadId();
    var complete = false;
    try {
      begun.accept(upload);
      var parts = new ArrayList<CompletedPart>();
      for (var left = sizes.sizeBytes(); left > 0; left -= sizes.partBytes()) {
        var bytes = next(body, Math.min(left, sizes.partBytes()), digest);
        parts.add(putPart(object.key(), upload, parts.size() + 1, bytes));
        arriving.bytes(bytes.length);
      }
      var etag = complete(object, upload, parts);
      complete = true;
      return etag;
    } finally {
      if (!complete) {
        abortQuietly(object.key(), upload);
      }
    }
  }

  private CompletedPart putPart(String key, String upload, int number, byte[] bytes) {
    var answer =
        attempt(
            "PutObject",
            key,
            () ->
                bucket
                    .client()
                    .uploadPart(
                        request ->
                            request
                                .bucket(bucket.bucket())
                                .key(key)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(md5(bytes)),
                        body(bytes)));
    return CompletedPart.builder()
        .partNumber(number)
        .eTag(answer.eTag())
        .checksumCRC32(answer.checksumCRC32())
        .checksumCRC32C(answer.checksumCRC32C())
        .checksumCRC64NVME(answer.checksumCRC64NVME())
        .checksumSHA1(answer.checksumSHA1())
        .checksumSHA256(answer.checksumSHA256())
        .build();
  }

  private String complete(NewObject object, String upload, List<CompletedPart> parts) {
    try {
      return ObjectBucket.etag(
          attempt(
                  "PutObject",
                  object.key(),
                  () ->
                      bucket
                          .client()
                          .completeMultipartUpload(
                              request ->
                                  request
                                      .bucket(bucket.bucket())
                                      .key(object.key())
                                      .uploadId(upload)
                                      .multipartUpload(it -> it.parts(parts))))
              .eTag());
    } catch (EngineException e) {
      // The answer of an attempt before may have been lost: then there is no such upload any more.
      // Whether it is these bytes that are there, the ETag says, or who reads them back.
      return find(object.key())
          .filter(found -> found.sizeBytes() == object.sizeBytes())
          .filter(found -> found.etag().endsWith("-" + parts.size()))
          .map(FoundObject::etag)
          .orElseThrow(() -> e);
    }
  }

  /** The bytes of a part are those that come next. */
  private static byte[] next(InputStream body, long length, BodyDigest digest) throws IOException {
    var bytes = body.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException(length - bytes.length + " bytes of the body are missing");
    }
    digest.update(bytes, bytes.length);
    return bytes;
  }

  /** The SDK's own way makes a copy. */
  private static RequestBody body(byte[] bytes) {
    return RequestBody.fromContentProvider(
        () -> new ByteArrayInputStream(bytes), bytes.length, UNTYPED);
  }

  private static String md5(byte[] bytes) {
    return Base64.getEncoder().encodeToString(BodyDigest.md5().digest(bytes));
  }

  /** Takes back what an upload in parts has sent. Idempotent. */
  public void abort(String key, String upload) {
    attempt(
        "AbortMultipartUpload",
        key,
        () -> {
          try {
            return Optional.of(
                bucket
                    .client()
                    .abortMultipartUpload(
                        request -> request.bucket(bucket.bucket()).key(key).uploadId(upload)));
          } catch (S3Exception e) {
            if ("NoSuchUpload".equals(ObjectBucket.code(e))) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /** What it could not be put for is what is told. */
  private void abortQuietly(String key, String upload) {
    try {
      abort(key, upload);
    } catch (EngineException left) {
      // Who was told of its id may try again.
    }
  }

  /** How the bucket describes an object; empty where it has none of that key. */
  public Optional<FoundObject> find(String key) {
    // Without the right to list, what is not there is forbidden.
    return attempt(
        "GetObject and s3:ListBucket",
        key,
        () -> {
          try {
            var found =
                bucket.client().headObject(request -> request.bucket(bucket.bucket()).key(key));
            return Optional.of(
                new FoundObject(
                    found.contentLength(),
                    ObjectBucket.etag(found.eTag()),
                    found.contentType(),
                    found.cacheControl()));
          } catch (S3Exception e) {
            // No body comes with it, and so no code.
            if (e.statusCode() == ObjectBucket.NOT_FOUND) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  /**
   * Whether a body is what the bucket has, going by the ETag alone.
   *
   * @param body of that size; read to there
   * @throws IOException as {@link #put}
   */
  public static Optional<PutObject> named(FoundObject found, InputStream body) throws IOException {
    var digest = new BodyDigest(PartSizes.of(found.sizeBytes()));
    var piece = new byte[PIECE_BYTES];
    for (var left = found.sizeBytes(); left > 0; ) {
      var read = body.read(piece, 0, (int) Math.min(left, piece.length));
      if (read < 0) {
        throw new EOFException(left + " bytes of the body are missing");
      }
      digest.update(piece, read);
      left -= read;
    }
    var ended = digest.end();
    return ended.isNamedBy(found.etag())
        ? Optional.of(new PutObject(found.etag(), ended.md5()))
        : Optional.empty();
  }

  /** Of the bytes that the bucket gives out. */
  private String md5(String key) {
    return attempt(
        "GetObject",
        key,
        () -> {
          var digest = BodyDigest.md5();
          var piece = new byte[PIECE_BYTES];
          try (var body = open(key)) {
            for (var read = body.read(piece); read >= 0; read = body.read(piece)) {
              digest.update(piece, 0, read);
            }
          } catch (IOException e) {
            throw new EngineException(
                Reason.SOURCE_UNREACHABLE,
                "'" + key + "' cannot be read back from " + bucket.place() + ": " + e,
                e);
          }
          return HexFormat.of().formatHex(digest.digest());
        });
  }

  private ResponseInputStream<GetObjectResponse> open(String key) {
    return bucket
        .client()
        .getObject(
            request -> request.bucket(bucket.bucket()).key(key),
            ResponseTransformer.toInputStream());
  }

  /** Reads an object of a few bytes; empty where it has none of that key. */
  public Optional<SmallObject> read(String key) {
    if (find(key).isEmpty()) {
      return Optional.empty();
    }
    return attempt(
        "GetObject",
        key,
        () -> {
          try {
            var body = open(key);
            try {
              return Optional.of(
                  new SmallObject(
                      new String(body.readNBytes(MOST_BYTES_READ), StandardCharsets.UTF_8),
                      ObjectBucket.etag(body.response().eTag())));
            } finally {
              body.abort();
            }
          } catch (NoSuchKeyException gone) {
            return Optional.empty();
          } catch (IOException e) {
            throw new EngineException(
                Reason.SOURCE_UNREACHABLE,
                "'" + key + "' cannot be read from " + bucket.place() + ": " + e,
                e);
          }
        });
  }

  /**
   * Puts an object of a few bytes where none is, or over the one that is known, and leaves any
   * other. Not every server knows the condition, and some pass it over and put it: whoever asks
   * looks before, and reads it back.
   *
   * @param before the ETag of the one that is known; null: none is there
   */
  public void putOver(NewObject object, byte[] bytes, @Nullable String before) {
    var isAnswered =
        attempt(
            "PutObject",
            object.key(),
            () -> {
              try {
                bucket
                    .client()
                    .putObject(
                        request(object, bytes)
                            .applyMutation(
                                it -> {
                                  if (before == null) {
                                    it.ifNoneMatch("*");
                                  } else if (!before.isEmpty()) {
                                    it.ifMatch("\"" + before + "\"");
                                  }
                                })
                            .build(),
                        body(bytes));
                return true;
              } catch (S3Exception e) {
                if (NOT_AS_KNOWN.contains(e.statusCode())
                    || "NoSuchKey".equals(ObjectBucket.code(e))) {
                  return true;
                }
                if (NO_CONDITIONS.contains(e.statusCode())) {
                  return false;
                }
                throw e;
              }
            });
    if (!isAnswered) {
      putWhole(object, bytes, more -> {});
    }
  }

  /** Takes an object away. Idempotent. In a bucket with versions it becomes an older one. */
  public void delete(String key) {
    attempt(
        "DeleteObject",
        key,
        () -> bucket.client().deleteObject(request -> request.bucket(bucket.bucket()).key(key)));
  }

  /** Whether the bucket holds these bytes under a key: they are read. */
  public boolean holds(String key, String md5) {
    return md5(key).equals(md5);
  }

  /** Whether the bucket keeps what is replaced or deleted; false, too, where nobody may ask. */
  public boolean keepsVersions() {
    try {
      return bucket
              .client()
              .getBucketVersioning(request -> request.bucket(bucket.bucket()))
              .status()
          == BucketVersioningStatus.ENABLED;
    } catch (SdkException unknown) {
      return false;
    }
  }

  /** As {@link ObjectBucket#list}. */
  public void list(String prefix, Consumer<BucketObject> shown) {
    translated(
        "ListBucket",
        () -> {
          bucket.list(prefix, shown);
          return prefix;
        });
  }

  private <T> T attempt(String call, String key, Supplier<T> asked) {
    return translated(call, () -> bucket.attempt(call, key, asked));
  }

  private static <T> T translated(String call, Supplier<T> asked) {
    try {
      return asked.get();
    } catch (EngineException e) {
      throw switch (e.reason()) {
        case SOURCE_MISSING -> as(e, "make it, or correct storage.bucket of the target.");
        case TARGET_UNUSABLE ->
            as(e, "it has no room: free some, or raise its quota, and create the request anew.");
        case INSUFFICIENT_PRIVILEGE ->
            new EngineException(
                e.failure().reason().failure(e.failure().message() + says(call)), e);
        default -> e;
      };
    }
  }

  private static String says(String call) {
    return ": allow s3:"
        + call
        + " for these keys"
        + (call.equals("DeleteObject")
            ? ", or end the lock or legal hold of the object."
            : " to the whole bucket.");
  }

  private static EngineException as(EngineException e, String what) {
    return new EngineException(
        Reason.TARGET_UNUSABLE.failure(e.failure().message() + ": " + what), e);
  }
}

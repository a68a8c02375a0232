package dev.salvor.engine.objectstore;

import static java.util.stream.Collectors.toUnmodifiableSet;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.Bucket;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * A bucket of somebody else's objects, of any number and size: never a store of Salvor's.
 *
 * <p>Every method fails by {@link EngineException}: SOURCE_UNREACHABLE, TLS_FAILED,
 * AUTHENTICATION_FAILED where the keys are none, INSUFFICIENT_PRIVILEGE naming the call that is not
 * allowed, SOURCE_MISSING where there is no such bucket. One instance serves several threads.
 */
public final class ObjectBucket implements AutoCloseable {
  private static final int PIECE_BYTES = 1 << 17;

  /** Of a body that ends too early; the SDK has tried before whether the server answers at all. */
  private static final int MOST_BODIES = 3;

  private static final Set<String> UNKNOWN_KEYS =
      Set.of("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken");

  /** Of MinIO, Ceph and others: Amazon's own buckets are never full. */
  private static final Set<String> FULL =
      Set.of("QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded");

  private static final int INSUFFICIENT_STORAGE = 507;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  static final int NOT_FOUND = 404;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final int INTERNAL_ERROR = 500;

  /** Of a body, within {@link S3Patience#silence}: less is as good as none. */
  private static final long FEWEST_BYTES = 1 << 16;

  private final S3Access access;
  private final S3Client client;
  private final S3Patience patience;

  public ObjectBucket(S3Access access) {
    this(access, S3Patience.USUAL);
  }

  ObjectBucket(S3Access access, S3Patience patience) {
    this(access, S3Clients.forBodies(access, patience), patience);
  }

  private ObjectBucket(S3Access access, S3Client client, S3Patience patience) {
    this.access = access;
    this.client = client;
    this.patience = patience;
  }

  /** Another bucket of the same server, by the same connections: only this one is closed. */
  public ObjectBucket beside(String bucket) {
    return new ObjectBucket(access.to(bucket), client, patience);
  }

  /** For messages: what place this is, without secrets. */
  public String place() {
    return access.place();
  }

  /** All buckets that these keys see on the server. */
  public Set<String> buckets() {
    return attempt(
        "ListAllMyBuckets",
        "",
        () ->
            client.listBuckets().buckets().stream().map(Bucket::name).collect(toUnmodifiableSet()));
  }

  /** Sees to it that such keys can be listed, whether there are any or not. */
  public void requireListed(String prefix) {
    attempt(
        "ListBucket",
        prefix,
        () -> client.listObjectsV2(it -> it.bucket(bucket()).prefix(prefix).maxKeys(1)));
  }

  /** Shows all whose keys begin with this, page by page, in the server's order. */
  public void list(String prefix, Consumer<BucketObject> shown) {
    String next = null;
    do {
      var after = next;
      var page =
          attempt(
              "ListBucket",
              prefix,
              () ->
                  client.listObjectsV2(
                      request ->
                          request
                              .bucket(bucket())
                              .prefix(prefix)
                              // Else a key with a control character makes a page that is no XML.
                              .encodingType(EncodingType.URL)
                              .continuationToken(after)));
      page.contents().stream().map(ObjectBucket::object).forEach(shown);
      next = page.nextContinuationToken();
      if (Boolean.TRUE.equals(page.isTruncated()) && (next == null || next.equals(after))) {
        throw new EngineException(
            Reason.SOURCE_UNREACHABLE,
            place() + " says that there are more objects, and not how to go on with the list");
      }
      if (!Boolean.TRUE.equals(page.isTruncated())) {
        next = null;
      }
    } while (next != null);
  }

  private static BucketObject object(S3Object listed) {
    return new BucketObject(
        listed.key(),
        Objects.requireNonNullElse(listed.size(), 0L),
        etag(listed.eTag()),
        seconds(listed.lastModified()));
  }

  static String etag(@Nullable String quoted) {
    return quoted == null ? "" : quoted.replace("\"", "");
  }

  private static Instant seconds(@Nullable Instant modified) {
    return Objects.requireNonNullElse(modified, Instant.EPOCH).truncatedTo(ChronoUnit.SECONDS);
  }

  /** Is told of bytes as they come, from several threads. */
  @FunctionalInterface
  public interface Arriving {
    void bytes(int more);
  }

  /**
   * Reads an object into a file, never more than a piece of it in memory. A body that ends too
   * early, or is another than its ETag says, is asked for anew: only where the same came twice are
   * those the bytes that the bucket holds.
   *
   * @param file that is there, and is written over
   * @throws IOException if the file cannot be written
   */
  public Fetched fetch(String key, Path file, Arriving arriving) throws IOException {
    return switch (ask(key, file, arriving, Long.MAX_VALUE)) {
      case Fetched.Failed(var failure, _) -> throw failure;
      case Fetched came -> came;
    };
  }

  /**
   * The same, and whatever the server answers is told: nothing is thrown for it.
   *
   * @param most bytes; of one that has more none are kept
   */
  public Fetched ask(String key, Path file, Arriving arriving, long most) throws IOException {
    Fetched last = new Fetched.Gone();
    var digests = new HashSet<String>();
    for (var bodies = 0; bodies < MOST_BODIES; bodies++) {
      try {
        last = fetchOnce(key, file, arriving, most, digests);
      } catch (S3Exception e) {
        last = answered(key, e);
        if (e.statusCode() != INTERNAL_ERROR) {
          return last;
        }
      } catch (SdkException e) {
        return new Fetched.Failed(failure("GetObject", key, e), why(e));
      } catch (BodyBroken e) {
        last = new Fetched.Unreadable(e.why, e.cause);
      }
      if (!(last instanceof Fetched.Unreadable)) {
        return last;
      }
    }
    return last;
  }

  private Fetched answered(String key, S3Exception e) {
    if ("NoSuchKey".equals(code(e))) {
      return new Fetched.Gone();
    }
    var isOfTheObject = e.statusCode() == NOT_FOUND && !"NoSuchBucket".equals(code(e));
    if (isOfTheObject || e.statusCode() == INTERNAL_ERROR || "InvalidObjectState".equals(code(e))) {
      return new Fetched.Unreadable(said(e), why(e));
    }
    return new Fetched.Failed(failure("GetObject", key, e), why(e));
  }

  private static Fetched.Cause why(SdkException e) {
    if (!(e instanceof S3Exception answered)) {
      return isSilence(e) ? Fetched.Cause.SILENCE : Fetched.Cause.SERVER;
    }
    if (reason(answered) == Reason.AUTHENTICATION_FAILED) {
      return Fetched.Cause.KEYS;
    }
    var status = answered.statusCode();
    // A 404 without a code is a proxy's, which knows of no object.
    if ((status == NOT_FOUND && !code(answered).isEmpty())
        || "InvalidObjectState".equals(code(answered))) {
      return Fetched.Cause.OBJECT;
    }
    return status / 100 == 4 && status != TOO_MANY_REQUESTS
        ? Fetched.Cause.DENIED
        : Fetched.Cause.SERVER;
  }

  private static boolean isSilence(Throwable e) {
    for (var cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SocketTimeoutException
          || cause instanceof ApiCallTimeoutException
          || cause instanceof ApiCallAttemptTimeoutException) {
        return true;
      }
    }
    return false;
  }

  /**
   * Asks for it once.
   *
   * @param digests of the bodies that were not as named, to which that of this one is added
   */
  private Fetched fetchOnce(
      String key, Path file, Arriving arriving, long most, Set<String> digests) throws IOException {
    var body =
        client.getObject(
            request ->
                request
                    .bucket(bucket())
                    .key(key)
                    // Until the body begins: a head that drips is no silence.
                    .overrideConfiguration(
                        it ->
                            it.apiCallAttemptTimeout(patience.attempt())
                                .apiCallTimeout(patience.call())),
            ResponseTransformer.toInputStream());
    try {
      return receive(key, body, file, arriving, most, digests);
    } finally {
      // Of one that was read to its end nothing is left to abort.
      body.abort();
    }
  }

  private Fetched receive(
      String key,
      ResponseInputStream<GetObjectResponse> body,
      Path file,
      Arriving arriving,
      long most,
      Set<String> digests)
      throws IOException {
    var said = body.response();
    if (said.contentLength() != null && said.contentLength() > most) {
      return new Fetched.TooLarge(said.contentLength());
    }
    var digest = BodyDigest.md5();
    var received = 0L;
    try (var output =
        FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
      var stream = Channels.newOutputStream(output);
      var piece = new byte[PIECE_BYTES];
      var flow = new Flow(patience.silence());
      for (var read = read(body, piece); read >= 0; read = read(body, piece)) {
        flow.came(read);
        if (read > most - received) {
          return new Fetched.TooLarge(null);
        }
        stream.write(piece, 0, read);
        digest.update(piece, 0, read);
        received += read;
        arriving.bytes(read);
      }
    }
    if (said.contentLength() != null && said.contentLength() != received) {
      throw new BodyBroken(
          received + " bytes came of " + said.contentLength(), Fetched.Cause.SERVER);
    }
    var etag = etag(said.eTag());
    var isMd5 =
        BodyDigest.isMd5(etag)
            && said.serverSideEncryption() != ServerSideEncryption.AWS_KMS
            && said.serverSideEncryption() != ServerSideEncryption.AWS_KMS_DSSE
            && said.sseCustomerAlgorithm() == null;
    var came = HexFormat.of().formatHex(digest.digest());
    var isAsNamed = !isMd5 || etag.equals(came);
    if (!isAsNamed && digests.add(came)) {
      throw new BodyBroken(
          "its bytes are not those of its ETag, and are others each time", Fetched.Cause.OBJECT);
    }
    return new Fetched.Whole(
        new BucketObject(key, received, etag, seconds(said.lastModified())),
        said.contentType(),
        said.cacheControl(),
        isAsNamed,
        came);
  }

  private static int read(ResponseInputStream<GetObjectResponse> body, byte[] piece) {
    try {
      return body.read(piece);
    } catch (IOException | UncheckedIOException | SdkException e) {
      throw new BodyBroken(cause(e), isSilence(e) ? Fetched.Cause.SILENCE : Fetched.Cause.SERVER);
    }
  }

  S3Client client() {
    return client;
  }

  /** The server's side of it failed, not that of the file. */
  private static final class BodyBroken extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String why;
    private final Fetched.Cause cause;

    BodyBroken(String why, Fetched.Cause cause) {
      super(why);
      this.why = why;
      this.cause = cause;
    }
  }

  /** Sees to it that a body keeps coming: each byte alone would end the silence. */
  private static final class Flow {
    private final Duration silence;
    private long since = System.nanoTime();
    private long bytes;

    Flow(Duration silence) {
      this.silence = silence;
    }

    void came(int more) {
      bytes += more;
      if (System.nanoTime() - since < silence.toNanos()) {
        return;
      }
      if (bytes < FEWEST_BYTES) {
        throw new BodyBroken(
            "only " + bytes + " bytes came in " + silence.toSeconds() + " s",
            Fetched.Cause.SILENCE);
      }
      since = System.nanoTime();
      bytes = 0;
    }
  }

  <T> T attempt(String call, String key, Supplier<T> asked) {
    try {
      return asked.get();
    } catch (SdkException e) {
      throw failure(call, key, e);
    } catch (IllegalArgumentException e) {
      // Its message holds what came.
      throw new EngineException(
          Reason.SOURCE_UNREACHABLE, failing(call, key) + "the answer cannot be understood", e);
    }
  }

  String bucket() {
    return access.bucket().bucket();
  }

  static String code(S3Exception e) {
    // A proxy before the server answers without a code.
    return e.awsErrorDetails() == null
        ? ""
        : Objects.requireNonNullElse(e.awsErrorDetails().errorCode(), "");
  }

  private static String said(S3Exception e) {
    return (code(e).isEmpty() ? "no S3 error" : code(e)) + " (HTTP " + e.statusCode() + ")";
  }

  /** The SDK's own message may hold the key's id: only the server's code is passed on. */
  private EngineException failure(String call, String key, SdkException e) {
    var what = failing(call, key);
    if (!(e instanceof S3Exception answered)) {
      return new EngineException(reason(e), what + cause(e), e);
    }
    if (answered.statusCode() == NOT_FOUND
        && (code(answered).isEmpty() || "NoSuchBucket".equals(code(answered)))) {
      return new EngineException(Reason.SOURCE_MISSING, place() + " does not exist");
    }
    return new EngineException(reason(answered), what + said(answered));
  }

  private String failing(String call, String key) {
    return "s3:" + call + " of '" + key + "' fails in " + place() + ": ";
  }

  private static Reason reason(S3Exception e) {
    if (e.statusCode() == UNAUTHORIZED || UNKNOWN_KEYS.contains(code(e))) {
      return Reason.AUTHENTICATION_FAILED;
    }
    if (e.statusCode() == INSUFFICIENT_STORAGE || FULL.contains(code(e))) {
      return Reason.TARGET_UNUSABLE;
    }
    return e.statusCode() == FORBIDDEN ? Reason.INSUFFICIENT_PRIVILEGE : Reason.SOURCE_UNREACHABLE;
  }

  private static Reason reason(SdkException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return Reason.TLS_FAILED;
      }
    }
    return Reason.SOURCE_UNREACHABLE;
  }

  private static String cause(Throwable e) {
    var last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last.getClass().getSimpleName() + " " + last.getMessage();
  }

  @Override
  public void close() {
    client.close();
  }
}

package dev.salvor.engine.objectstore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.DefaultRetention;
import software.amazon.awssdk.services.s3.model.ObjectLockRule;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A store in a bucket. */
public final class S3ObjectStore implements ObjectStore {
  private final S3Access access;
  private final AtomicReference<@Nullable S3Client> client = new AtomicReference<>();

  public S3ObjectStore(S3Access access) {
    this.access = access;
  }

  @Override
  public String place() {
    return access.place();
  }

  @Override
  public Optional<byte[]> get(String key) {
    try {
      return Optional.of(
          client()
              .getObjectAsBytes(request -> request.bucket(bucket()).key(full(key)))
              .asByteArray());
    } catch (S3Exception e) {
      if (e.statusCode() == 404 && !noBucket(e)) {
        return Optional.empty();
      }
      throw failure("read", key, e);
    } catch (SdkException e) {
      throw failure("read", key, e);
    }
  }

  @Override
  public void put(String key, byte[] content) {
    attempt(
        "written",
        key,
        () ->
            client()
                .putObject(
                    request -> request.bucket(bucket()).key(full(key)),
                    RequestBody.fromBytes(content)));
  }

  @Override
  public boolean create(String key, byte[] content) {
    // Not every server knows the condition.
    if (get(key).isPresent()) {
      return false;
    }
    try {
      client()
          .putObject(
              request -> request.bucket(bucket()).key(full(key)).ifNoneMatch("*"),
              RequestBody.fromBytes(content));
      return true;
    } catch (S3Exception e) {
      if (e.statusCode() == 412 || e.statusCode() == 409) {
        return false;
      }
      if (e.statusCode() == 501 || e.statusCode() == 400) {
        put(key, content);
        return true;
      }
      throw failure("written", key, e);
    } catch (SdkException e) {
      throw failure("written", key, e);
    }
  }

  @Override
  public void delete(String key) {
    // One by one: the call for several needs a checksum that some servers refuse.
    attempt(
        "deleted",
        key,
        () -> client().deleteObject(request -> request.bucket(bucket()).key(full(key))));
  }

  @Override
  public List<String> list(String prefix, int most) {
    var root = root();
    return attempt(
            "listed",
            prefix,
            () ->
                client()
                    .listObjectsV2(
                        request -> request.bucket(bucket()).prefix(root + prefix).maxKeys(most)))
        .contents()
        .stream()
        .map(S3Object::key)
        .map(key -> key.substring(root.length()))
        .toList();
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(versioning(), objectLock());
  }

  private @Nullable Boolean versioning() {
    try {
      var status = client().getBucketVersioning(request -> request.bucket(bucket())).status();
      return status == BucketVersioningStatus.ENABLED;
    } catch (SdkException unknown) {
      return null;
    }
  }

  private @Nullable String objectLock() {
    try {
      var configuration =
          client()
              .getObjectLockConfiguration(request -> request.bucket(bucket()))
              .objectLockConfiguration();
      return configuration == null || configuration.objectLockEnabled() == null
          ? null
          : Optional.ofNullable(configuration.rule())
              .map(ObjectLockRule::defaultRetention)
              .map(S3ObjectStore::text)
              .orElse("Enabled");
    } catch (SdkException unknown) {
      return null;
    }
  }

  private static String text(DefaultRetention retention) {
    var years = retention.years();
    return retention.modeAsString()
        + " "
        + (years == null ? retention.days() + "d" : years * 365 + "d");
  }

  @Override
  public void close() {
    var open = client.getAndSet(null);
    if (open != null) {
      open.close();
    }
  }

  private S3Client client() {
    var open = client.get();
    if (open == null) {
      open = S3Clients.forCalls(access);
      client.set(open);
    }
    return open;
  }

  private <T> T attempt(String done, String key, Supplier<T> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      throw failure(done, key, e);
    }
  }

  private String bucket() {
    return access.bucket().bucket();
  }

  private String full(String key) {
    return root() + ObjectStore.checked(key);
  }

  private String root() {
    var prefix = access.bucket().prefix();
    return prefix == null ? "" : prefix + "/";
  }

  private static boolean noBucket(S3Exception e) {
    return e.awsErrorDetails() != null && "NoSuchBucket".equals(e.awsErrorDetails().errorCode());
  }

  /** The SDK's own message may hold the key's id: only the server's code is passed on. */
  private EngineException failure(String done, String key, SdkException e) {
    var what = "'" + key + "' cannot be " + done + " in " + place() + ": ";
    if (!(e instanceof S3Exception answered)) {
      return new EngineException(Reason.STORE_UNREACHABLE, what + cause(e));
    }
    var code = answered.awsErrorDetails() == null ? "" : answered.awsErrorDetails().errorCode();
    var said = code + " (HTTP " + answered.statusCode() + ")";
    if (noBucket(answered)) {
      return new EngineException(Reason.STORE_UNKNOWN, place() + " does not exist");
    }
    return new EngineException(
        switch (answered.statusCode()) {
          case 401, 403 -> Reason.STORE_ACCESS_DENIED;
          case 405 -> Reason.STORE_READ_ONLY;
          case 507 -> Reason.STORE_FULL;
          default -> Reason.STORE_UNREACHABLE;
        },
        what + said);
  }

  private static String cause(Throwable e) {
    var last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last.getClass().getSimpleName() + " " + last.getMessage();
  }
}

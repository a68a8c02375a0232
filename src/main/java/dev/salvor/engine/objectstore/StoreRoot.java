package dev.salvor.engine.objectstore;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Initialize;
import dev.salvor.api.Json;
import dev.salvor.api.Model;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The root of a store: whether it is the store that is meant, and which repositories it knows
 * (SAFETY 34). A mistyped bucket or an unmounted volume must not become a store.
 */
public final class StoreRoot {
  /** An init that takes longer is dead. */
  private static final Duration CLAIM = Duration.ofHours(1);

  private final ObjectStore objects;
  private final Clock clock;

  public StoreRoot(ObjectStore objects, Clock clock) {
    this.objects = objects;
    this.clock = clock;
  }

  /** The store's id; empty where the place bears no marker. Read only. */
  public Optional<String> id() {
    return objects.get(StoreMarker.KEY).map(bytes -> read(bytes, StoreMarker.class).id());
  }

  /**
   * The id of the store that is expected here. Read only.
   *
   * @param expected null: none was ever seen
   * @throws EngineException STORE_UNKNOWN where another or none is here though one is expected;
   *     STORE_NOT_INITIALIZED where none is here
   */
  public String require(@Nullable String expected) {
    var found = id();
    if (expected != null && !found.equals(Optional.of(expected))) {
      throw new EngineException(
          Reason.STORE_UNKNOWN,
          objects.place()
              + found.map(id -> " is the store " + id).orElse(" is no store (no marker)")
              + ", expected is "
              + expected);
    }
    return found.orElseThrow(
        () ->
            new EngineException(
                Reason.STORE_NOT_INITIALIZED, objects.place() + " is not a store yet"));
  }

  /**
   * As {@link #require}, but makes the store where the place is empty, none was ever expected and a
   * person allowed it. Idempotent: two at once agree on one id.
   *
   * @throws EngineException STORE_UNKNOWN where the place holds something that is no store
   */
  public String requireOrMake(@Nullable String expected, Initialize initialize) {
    var found = id();
    if (found.isPresent() || expected != null || initialize != Initialize.IF_EMPTY) {
      return require(expected);
    }
    var others = objects.list("", 1);
    if (!others.isEmpty()) {
      throw new EngineException(
          Reason.STORE_UNKNOWN,
          objects.place()
              + " holds "
              + others.getFirst()
              + " and no marker of a store: only an empty place is made one");
    }
    var marker = new StoreMarker(1, UUID.randomUUID().toString(), clock.instant());
    objects.create(StoreMarker.KEY, write(marker));
    return require(null);
  }

  /** What the store knows of a repository. Read only. */
  public Optional<RepositoryRecord> repository(String path) {
    return objects
        .get(RepositoryRecord.key(path))
        .map(bytes -> read(bytes, RepositoryRecord.class));
  }

  /** SHA-256 of restic's config; empty where there is no repository. Read only. */
  public Optional<String> configDigest(String path) {
    return objects.get(path + "/config").map(StoreRoot::digest);
  }

  /** Whether anything lies at a repository's path. Read only. */
  public boolean holdsAnythingAt(String path) {
    return !objects.list(path + "/", 1).isEmpty();
  }

  /** Notes a repository. Idempotent. */
  public void remember(String path, String id, String configDigest, String owner) {
    objects.put(
        RepositoryRecord.key(path),
        write(new RepositoryRecord(1, path, id, configDigest, owner, clock.instant())));
  }

  /**
   * Does the work that makes a repository while nobody else does (SAFETY 26).
   *
   * @throws EngineException REPOSITORY_LOCKED while another run makes it
   */
  public <T> T whileClaimed(String path, String run, Supplier<T> work) {
    var key = RepositoryRecord.FOLDER + "/" + path + ".init";
    var claim = new Claim(run, clock.instant());
    if (!objects.create(key, write(claim))) {
      var other = objects.get(key).map(bytes -> read(bytes, Claim.class));
      if (other.isPresent() && other.get().time().plus(CLAIM).isAfter(clock.instant())) {
        throw new EngineException(
            Reason.REPOSITORY_LOCKED, "run " + other.get().run() + " makes the repository " + path);
      }
      objects.put(key, write(claim));
    }
    // Servers that ignore the condition let two through: the last one that wrote goes on.
    if (!objects.get(key).map(bytes -> read(bytes, Claim.class)).equals(Optional.of(claim))) {
      throw new EngineException(
          Reason.REPOSITORY_LOCKED, "another run makes the repository " + path);
    }
    try {
      return work.get();
    } finally {
      objects.delete(key);
    }
  }

  /** Who makes a repository. */
  @Model
  record Claim(String run, Instant time) {}

  /**
   * Whether the place can be written, read back and deleted from. Leaves nothing behind where it
   * may delete.
   *
   * @return whether it may delete
   * @throws EngineException STORE_READ_ONLY, STORE_DAMAGED where it reads back something else
   */
  public boolean probe(String run) {
    var key = RepositoryRecord.FOLDER + "/probe/" + run;
    var content = ("probe of " + run + " at " + clock.instant()).getBytes(StandardCharsets.UTF_8);
    try {
      objects.put(key, content);
    } catch (EngineException e) {
      // It could be read a moment ago: the keys are right, writing is not allowed.
      throw e.reason() == Reason.STORE_ACCESS_DENIED
          ? new EngineException(Reason.STORE_READ_ONLY, e.failure().message(), e)
          : e;
    }
    var readBack = objects.get(key);
    if (readBack.isEmpty() || !MessageDigest.isEqual(readBack.get(), content)) {
      throw new EngineException(
          Reason.STORE_DAMAGED, objects.place() + " does not give back what was written to it");
    }
    try {
      objects.delete(key);
      return objects.get(key).isEmpty();
    } catch (EngineException e) {
      if (e.reason() == Reason.STORE_ACCESS_DENIED || e.reason() == Reason.STORE_READ_ONLY) {
        return false;
      }
      throw e;
    }
  }

  private <T> T read(byte[] bytes, Class<T> type) {
    try {
      return Json.mapper().readValue(bytes, type);
    } catch (IOException e) {
      throw new EngineException(
          Reason.STORE_UNKNOWN,
          "a " + type.getSimpleName() + " in " + objects.place() + " cannot be read",
          e);
    }
  }

  private static byte[] write(Object value) {
    try {
      return Json.mapper().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}

package dev.salvor.engine.objectstore;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Initialize;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The root of a store: whether it is the store that is meant, and which repositories it knows
 * (SAFETY 34). A mistyped bucket or an unmounted volume must not become a store.
 */
public final class StoreRoot {
  /** Of restic's layout: what an init writes last, and what backups write. */
  private static final List<String> CONTENTS =
      List.of("/config", "/data/", "/index/", "/snapshots/");

  private static final int MOST_KEYS = 100;

  /** Of restic's keys, and of those that it is about to write. */
  private static final Pattern KEY_NAME = Pattern.compile("[0-9a-f]{64}(-tmp-[0-9]+)?");

  private final ObjectStore objects;
  private final Clock clock;
  private final RepositoryClaim.Timing claims;

  public StoreRoot(ObjectStore objects, Clock clock) {
    this(objects, clock, RepositoryClaim.USUAL);
  }

  StoreRoot(ObjectStore objects, Clock clock, RepositoryClaim.Timing claims) {
    this.objects = objects;
    this.clock = clock;
    this.claims = claims;
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
      // Another that makes it may have been quicker.
      if (id().isPresent()) {
        return require(null);
      }
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

  /** Whether anything lies at a repository's path that is more than a key. Read only. */
  public boolean holdsDataAt(String path) {
    return CONTENTS.stream().anyMatch(part -> !objects.list(path + part, 1).isEmpty());
  }

  /**
   * Puts the keys aside that a killed init left: restic writes the key first, and makes no
   * repository where there is one. To be called while claimed, and only where {@link #holdsDataAt}
   * says no. A copy of each stays: should data turn up after all, it could be read again.
   */
  public void putAbortedInitAside(String path) {
    var folder = path + "/keys/";
    for (var key : objects.list(folder, MOST_KEYS)) {
      var name = key.substring(folder.length());
      if (KEY_NAME.matcher(name).matches()) {
        var aside = RepositoryRecord.FOLDER + "/" + path + ".aborted/" + name;
        objects.get(key).ifPresent(content -> objects.put(aside, content));
        objects.delete(key);
      }
    }
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
    return new RepositoryClaim(objects, key, run, claims).hold(work);
  }

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

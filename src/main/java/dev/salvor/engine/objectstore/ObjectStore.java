package dev.salvor.engine.objectstore;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The few small objects that Salvor itself keeps at the root of a store; the data is restic's. Keys
 * are paths below the root with {@code /} between their parts.
 *
 * <p>Every method fails by {@link EngineException}: STORE_UNREACHABLE, STORE_ACCESS_DENIED,
 * STORE_UNKNOWN where the bucket is not there; writing ones add STORE_READ_ONLY and STORE_FULL. A
 * failed write leaves the old object or the new one, never a part.
 */
public interface ObjectStore extends AutoCloseable {
  /** Larger objects are not ours. */
  int MAXIMUM_BYTES = 64 * 1024;

  /** For messages: what place this is, without secrets. */
  String place();

  /** An object's content; empty where there is none. Read only. */
  Optional<byte[]> get(String key);

  /** Writes an object, replacing what was there. Idempotent. */
  void put(String key, byte[] content);

  /**
   * Writes an object where there is none.
   *
   * @return false if there was one. Servers that ignore the condition replace it and say true: read
   *     back what matters
   */
  boolean create(String key, byte[] content);

  /** Removes an object. Idempotent: one that is not there is no error. */
  void delete(String key);

  /**
   * Keys that begin with this, in no order.
   *
   * @param most how many at most
   */
  List<String> list(String prefix, int most);

  /** What the place can do; null where it cannot be found out. Read only. */
  Capabilities capabilities();

  @Override
  void close();

  /**
   * What a place can do.
   *
   * @param versioning old versions of objects are kept
   * @param objectLock default retention, such as {@code COMPLIANCE 30d}
   */
  record Capabilities(@Nullable Boolean versioning, @Nullable String objectLock) {}

  /** Checks a key. */
  static String checked(String key) {
    for (var part : key.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        throw new EngineException(Reason.INVALID_SPEC, "'" + key + "' is no path within a store");
      }
    }
    return key;
  }
}

package dev.salvor.engine.volume;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Extended attributes of files, all of them (xattr(7)): the JDK shows only those of namespace
 * {@code user}, and ACLs and capabilities are others. Never follows a symbolic link. One instance
 * serves one thread.
 */
final class ExtendedAttributes implements AutoCloseable {
  /** Linux gives no more than this for one value, and for one list of names. */
  private static final long MOST_BYTES = 65_536;

  /** Linux's longest path, and the end of it. */
  private static final long LONGEST_PATH = 4_097;

  /** A character for each byte: names need not be UTF-8. */
  private static final Charset BYTES = StandardCharsets.ISO_8859_1;

  private static final int ENOENT = 2;
  private static final int ENOTDIR = 20;
  private static final int ENODATA = 61;
  private static final int ENOTSUP = 95;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle LIST =
      handle("llistxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle GET =
      handle("lgetxattr", FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle SET =
      handle(
          "lsetxattr",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT));

  private static final MethodHandle REMOVE =
      handle("lremovexattr", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment state = arena.allocate(STATE);
  private final MemorySegment path = arena.allocate(LONGEST_PATH);
  private final MemorySegment names = arena.allocate(MOST_BYTES);
  private final MemorySegment value = arena.allocate(MOST_BYTES);

  @SuppressWarnings("restricted") // four functions of the C library, with the arguments they have
  private static MethodHandle handle(String function, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(
        LINKER
            .defaultLookup()
            .find(function)
            .orElseThrow(() -> new IllegalStateException("the C library lacks " + function)),
        descriptor,
        Linker.Option.captureCallState("errno"));
  }

  /**
   * All attributes of a file that may be read, by name; empty where the file system has none.
   *
   * @throws NoSuchFileException if the file is gone
   * @throws IOException if it may not be looked at
   */
  Map<String, byte[]> read(Path file) throws IOException {
    at(file);
    var length = read(list(), "llistxattr", file);
    if (length == 0) {
      return Map.of();
    }
    var found = new TreeMap<String, byte[]>();
    for (var start = 0L; start < length; ) {
      var name = names.asSlice(start).getString(0, BYTES);
      start += name.length() + 1;
      found.put(name, value(name, file));
    }
    return found;
  }

  /**
   * Sets one attribute.
   *
   * @throws IOException if that is refused, or not possible in this file system
   */
  void write(Path file, String name, byte[] bytes) throws IOException {
    at(file);
    try (var call = Arena.ofConfined()) {
      var named = call.allocateFrom(name, BYTES);
      MemorySegment.copy(bytes, 0, value, JAVA_BYTE, 0, bytes.length);
      called(
          (int) SET.invokeExact(state, path, named, value, (long) bytes.length, 0),
          "lsetxattr",
          file);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Removes one attribute.
   *
   * @throws IOException if that is refused
   */
  void remove(Path file, String name) throws IOException {
    at(file);
    try (var call = Arena.ofConfined()) {
      var named = call.allocateFrom(name, BYTES);
      called((int) REMOVE.invokeExact(state, path, named), "lremovexattr", file);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] value(String name, Path file) throws IOException {
    try (var call = Arena.ofConfined()) {
      var named = call.allocateFrom(name, BYTES);
      var length =
          read((long) GET.invokeExact(state, path, named, value, MOST_BYTES), "lgetxattr", file);
      return value.asSlice(0, length).toArray(JAVA_BYTE);
    } catch (IOException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private long list() {
    try {
      return (long) LIST.invokeExact(state, path, names, MOST_BYTES);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private void at(Path file) throws IOException {
    var bytes = ByteNames.bytes(file);
    if (bytes.length >= LONGEST_PATH) {
      throw new IOException(file + " is longer than a path may be");
    }
    MemorySegment.copy(bytes, 0, path, JAVA_BYTE, 0, bytes.length);
    path.set(JAVA_BYTE, bytes.length, (byte) 0);
  }

  /** A file system that has no attributes has none of this file. */
  private long read(long result, String function, Path file) throws IOException {
    var error = result >= 0 ? 0 : (int) ERRNO.get(state, 0L);
    return error == ENOTSUP || error == ENODATA ? 0 : called(result, function, file);
  }

  private long called(long result, String function, Path file) throws IOException {
    if (result >= 0) {
      return result;
    }
    var error = (int) ERRNO.get(state, 0L);
    if (error == ENOENT || error == ENOTDIR) {
      throw new NoSuchFileException(file.toString());
    }
    throw new IOException(function + " of " + file + ": error " + error);
  }

  @Override
  public void close() {
    arena.close();
  }
}

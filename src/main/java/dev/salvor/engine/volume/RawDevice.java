package dev.salvor.engine.volume;

import dev.salvor.task.FileEntry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * A raw block device: one row of bytes. It is read past the page cache, so that what is read is
 * what the device has, and the memory of a pod is not filled with it. A regular file can stand for
 * one, and is read through the cache.
 */
public final class RawDevice {
  /** No device's blocks are larger; memory and offsets of reads past the cache go by it. */
  public static final int BLOCK_BYTES = 4096;

  /** Read at once. */
  private static final int PIECE_BYTES = 1 << 20;

  /** Sectors read, written and discarded (Documentation/block/stat.rst of Linux). */
  private static final int READ = 2;

  private static final int WRITTEN = 6;

  private static final int DISCARDED = 13;

  private final Path path;
  private final Stat stat;

  private RawDevice(Path path, Stat stat) {
    this.path = path;
    this.stat = stat;
  }

  /**
   * The one at a path; it is not opened.
   *
   * @throws IOException if something else or nothing is there
   */
  public static RawDevice at(Path path) throws IOException {
    var real = path.toRealPath();
    var stat = Stat.of(real);
    if (stat.type() != FileEntry.Type.BLOCK_DEVICE && stat.type() != FileEntry.Type.FILE) {
      throw new FileSystemException(path.toString(), null, "is no block device");
    }
    return new RawDevice(real, stat);
  }

  public long sizeBytes() throws IOException {
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.size();
    }
  }

  /**
   * All bytes from an offset on.
   *
   * @param from a multiple of {@link #BLOCK_BYTES}
   */
  public InputStream read(long from) throws IOException {
    return new Bytes(
        FileChannel.open(
                path,
                isBlockDevice()
                    ? Set.of(StandardOpenOption.READ, pastTheCache())
                    : Set.of(StandardOpenOption.READ))
            .position(from));
  }

  /** O_DIRECT. By its name: javac warns of its class wherever that is written. */
  private static OpenOption pastTheCache() {
    try {
      return (OpenOption)
          Class.forName("com.sun.nio.file.ExtendedOpenOption").getField("DIRECT").get(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("module jdk.unsupported is not there", e);
    }
  }

  /**
   * Whether all bytes are zero; reads no further than to the first that is not.
   *
   * @param hears how many bytes were read
   */
  public boolean isBlank(LongConsumer hears) throws IOException {
    var piece = new byte[PIECE_BYTES];
    var seen = 0L;
    try (var bytes = read(0)) {
      for (var read = bytes.read(piece); read >= 0; read = bytes.read(piece)) {
        if (!Fingerprint.isBlank(piece, 0, read)) {
          return false;
        }
        seen += read;
        hears.accept(seen);
      }
      return true;
    }
  }

  /** To write to it. What is written is on the device once it was forced. */
  public FileChannel write() throws IOException {
    return FileChannel.open(path, StandardOpenOption.WRITE);
  }

  /** Whether somebody on this machine wrote to a device. */
  public enum Stillness {
    STILL,
    WRITTEN_TO,
    /** The kernel does not count: nobody knows. */
    NOT_WATCHED
  }

  /** Begins to watch what is written to it, by whomever on this machine. */
  public WriteWatch watch() throws IOException {
    return new WriteWatch();
  }

  /** What is written to the device. It tells only after something was read from it, too. */
  public final class WriteWatch {
    private final Optional<Counts> before = counts();

    private WriteWatch() throws IOException {}

    /** Since it began. A kernel that has not counted our own reading counts no writes either. */
    public Stillness stillness() throws IOException {
      var after = counts();
      if (before.isEmpty() || after.isEmpty() || after.get().read() == before.get().read()) {
        return Stillness.NOT_WATCHED;
      }
      return after.get().written() == before.get().written()
          ? Stillness.STILL
          : Stillness.WRITTEN_TO;
    }
  }

  /** Means something only beside another such one. */
  private record Counts(long read, long written) {}

  /** Empty where the kernel keeps none. */
  private Optional<Counts> counts() throws IOException {
    if (!isBlockDevice()) {
      // Nobody counts what is read of a file, and its change time tells each write.
      var changed = (FileTime) Files.getAttribute(path, "unix:ctime");
      return Optional.of(new Counts(System.nanoTime(), changed.to(TimeUnit.NANOSECONDS)));
    }
    var number = stat.device().major() + ":" + stat.device().minor();
    var statistics = Path.of("/sys/dev/block", number, "stat");
    if (!Files.exists(statistics)) {
      return Optional.empty();
    }
    try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
      // What was written before must not be counted later.
      channel.force(true);
    }
    var counts = Files.readString(statistics).strip().split(" +", -1);
    return Optional.of(
        new Counts(
            Long.parseLong(counts[READ]),
            Long.parseLong(counts[WRITTEN]) + Long.parseLong(counts[DISCARDED])));
  }

  private boolean isBlockDevice() {
    return stat.type() == FileEntry.Type.BLOCK_DEVICE;
  }

  /** Ends by the size that the device had when it was opened. */
  private static final class Bytes extends InputStream {
    private final FileChannel channel;
    private final long size;
    private final ByteBuffer piece =
        ByteBuffer.allocateDirect(PIECE_BYTES + BLOCK_BYTES).alignedSlice(BLOCK_BYTES).limit(0);

    private Bytes(FileChannel channel) throws IOException {
      this.channel = channel;
      this.size = channel.size();
    }

    @Override
    public int read() throws IOException {
      var one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      // At an end that is no multiple of a block, another read would be refused.
      if (!piece.hasRemaining()) {
        if (channel.position() >= size) {
          return -1;
        }
        fill();
      }
      var given = Math.min(length, piece.remaining());
      piece.get(bytes, offset, given);
      return given;
    }

    private void fill() throws IOException {
      piece.clear().limit(PIECE_BYTES);
      var read = channel.read(piece);
      piece.flip();
      if (read <= 0) {
        throw new EOFException("it ended at byte " + channel.position() + " of " + size);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}

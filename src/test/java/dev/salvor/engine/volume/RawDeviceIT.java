package dev.salvor.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.volume.RawDevice.Stillness;
import dev.salvor.testing.LoopDevice;
import dev.salvor.testing.NeedsRoot;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real block device. */
@NeedsRoot
class RawDeviceIT {
  /** No multiple of what is read at once, nor of a block. */
  private static final int SIZE = (2 << 20) + 512;

  @TempDir Path folder;
  private LoopDevice loop;
  private RawDevice device;

  @BeforeEach
  void make() throws Exception {
    loop = LoopDevice.of(Files.write(folder.resolve("disk"), new byte[SIZE]));
    device = RawDevice.at(loop.path());
  }

  @AfterEach
  void remove() {
    loop.close();
  }

  private void write(byte[] bytes, long offset) throws Exception {
    try (var channel = device.write()) {
      channel.write(ByteBuffer.wrap(bytes), offset);
      channel.force(true);
    }
  }

  @Test
  void allOfItIsReadAndNothingBehindIt() throws Exception {
    var content = new byte[SIZE];
    new Random(7).nextBytes(content);
    write(content, 0);

    assertThat(device.sizeBytes()).isEqualTo(SIZE);
    try (var bytes = device.read(0)) {
      assertThat(bytes.readAllBytes()).isEqualTo(content);
    }
    try (var bytes = device.read(RawDevice.BLOCK_BYTES)) {
      assertThat(bytes.readAllBytes()).hasSize(SIZE - RawDevice.BLOCK_BYTES);
    }
  }

  @Test
  void oneByteAtItsEndMakesItNotBlank() throws Exception {
    assertThat(device.isBlank(seen -> {})).isTrue();

    write(new byte[] {1}, SIZE - 1);

    assertThat(device.isBlank(seen -> {})).isFalse();
  }

  @Test
  void whatIsWrittenIsSeenAndWhatIsReadIsNot() throws Exception {
    var watch = device.watch();
    assertThat(device.isBlank(seen -> {})).isTrue();
    assertThat(watch.stillness()).isEqualTo(Stillness.STILL);

    try (var channel = device.write()) {
      // Lies in the page cache of whoever wrote it, until somebody asks.
      channel.write(ByteBuffer.wrap(new byte[] {0}), 0);
      assertThat(watch.stillness()).isEqualTo(Stillness.WRITTEN_TO);
    }
  }

  @Test
  void whereTheKernelDoesNotCountNothingIsSaidOfWrites() throws Exception {
    var seen =
        loop.uncounted(
            () -> {
              var watch = device.watch();
              device.isBlank(read -> {});
              write(new byte[] {1}, 0);
              return watch.stillness();
            });

    assertThat(seen).isEqualTo(Stillness.NOT_WATCHED);
  }

  @Test
  void aFileIsWatchedByItsChangeTime() throws Exception {
    var file = RawDevice.at(Files.write(folder.resolve("file"), new byte[SIZE]));
    var watch = file.watch();
    assertThat(watch.stillness()).isEqualTo(Stillness.STILL);

    // A time of its own: two writes within a tick of the clock have one.
    Files.setLastModifiedTime(folder.resolve("file"), FileTime.fromMillis(0));
    assertThat(watch.stillness()).isEqualTo(Stillness.WRITTEN_TO);
  }
}

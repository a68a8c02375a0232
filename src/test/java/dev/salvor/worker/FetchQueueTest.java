package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.engine.objectstore.BucketObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whichever comes first, each is shown once and as it was added. */
@NullUnmarked
class FetchQueueTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"0, 0 1 2 3", "1, 1 2 3 0", "3, 3 0 1 2", "4, 0 1 2 3"})
  void showsAllFromAnyOnwards(long first, String order) throws IOException {
    try (var queue = new FetchQueue(folder.resolve("queue"))) {
      for (var each = 0; each < 4; each++) {
        queue.add(object(each), "path/" + each);
      }
      var shown = new ArrayList<String>();

      queue.show(
          first,
          (object, path) -> {
            var number = path.substring("path/".length());
            assertThat(object).isEqualTo(object(Integer.parseInt(number)));
            shown.add(number);
          });

      assertThat(shown).isEqualTo(List.of(order.split(" ", -1)));
    }
    assertThat(folder).isEmptyDirectory();
  }

  private static BucketObject object(int each) {
    return new BucketObject("key/" + each, each - 1, "etag" + each, Instant.ofEpochSecond(each));
  }
}

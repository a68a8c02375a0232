package dev.salvor.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import java.nio.charset.StandardCharsets;

/** A Task as the environment variable carries it. */
public final class TaskJson {
  /** Linux takes 128 KiB for one variable; half of it leaves room for the host's own escaping. */
  public static final int MAXIMUM_BYTES = 64 * 1024;

  private TaskJson() {}

  /**
   * One line of JSON in which every dollar is escaped: the kubelet rewrites {@code $$} and {@code
   * $(NAME)} in variables.
   *
   * @throws IllegalArgumentException if it does not fit
   */
  public static String write(Task task) {
    try {
      var json =
          Json.mapper().writerFor(Task.class).writeValueAsString(task).replace("$", "\\u0024");
      var size = json.getBytes(StandardCharsets.UTF_8).length;
      if (size > MAXIMUM_BYTES) {
        throw new IllegalArgumentException(
            "the task of run "
                + task.header().run()
                + " takes "
                + size
                + " bytes, more than "
                + MAXIMUM_BYTES);
      }
      return json;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("cannot write task of run " + task.header().run(), e);
    }
  }

  /**
   * Reads a Task.
   *
   * @throws IllegalArgumentException if the text is no Task that this version knows
   */
  public static Task read(String json) {
    try {
      return Json.mapper().readValue(json, Task.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a task: " + e.getOriginalMessage(), e);
    }
  }
}

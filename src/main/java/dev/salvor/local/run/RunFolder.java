package dev.salvor.local.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.salvor.api.Json;
import dev.salvor.local.state.DurableFile;
import dev.salvor.task.HoldFiles;
import dev.salvor.task.TaskReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;

/**
 * The files of one run. What a run is doing is derived from them alone, so that a host that is
 * killed at any instant finds out where it stood. Tasks are numbered from 0.
 */
record RunFolder(Path path) {
  /** Appears with all it needs in it, or not at all; one that exists stays as it is. */
  static RunFolder create(Path runs, RunRecord record) {
    var folder = new RunFolder(runs.resolve(record.labels().name()));
    if (Files.isDirectory(folder.path)) {
      return folder;
    }
    var beside =
        new RunFolder(
            DurableFile.folder(
                runs.resolve(
                    "."
                        + record.labels().name()
                        + "."
                        + UUID.randomUUID()
                        + DurableFile.TEMPORARY)));
    DurableFile.write(beside.path.resolve("run.json"), json(record));
    try {
      Files.move(beside.path, folder.path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + folder.path, e);
    }
    return folder;
  }

  Optional<RunRecord> record() {
    return read(path.resolve("run.json"), RunRecord.class);
  }

  Optional<RunRecord.End> end() {
    return read(path.resolve("ended.json"), RunRecord.End.class);
  }

  void writeEnd(RunRecord.End end) {
    DurableFile.write(path.resolve("ended.json"), json(end));
  }

  /** Exists from before a worker is started for this task. */
  Path starting(int task) {
    return path.resolve("starting-" + task);
  }

  /** The worker that has the task; nobody else may begin it. */
  Path claim(int task) {
    return path.resolve("claim-" + task);
  }

  /**
   * Takes a task away from a worker that has not begun it.
   *
   * @return false if a worker was faster
   */
  boolean claimForNobody(int task) {
    var own = path.resolve("claim-" + task + "." + UUID.randomUUID() + DurableFile.TEMPORARY);
    DurableFile.write(own, ProcessIdentity.NOBODY.text());
    try {
      Files.createLink(claim(task), own);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot claim a task in " + path, e);
    } finally {
      DurableFile.delete(own);
    }
  }

  Path reportFile(int task) {
    return path.resolve("report-" + task + ".json");
  }

  /** The report of a task; empty if there is none that can be read. */
  Optional<TaskReport> report(int task) {
    return read(reportFile(task), TaskReport.class);
  }

  /** What workers print: progress lines on standard output, logs and engines on the other. */
  Path log() {
    return path.resolve("log");
  }

  /** What the worker of one task may fill as it likes; emptied after it. */
  Path scratch() {
    return path.resolve("scratch");
  }

  /** By which a worker asks that nobody else writes to what it reads. */
  HoldFiles hold() {
    return new HoldFiles(path.resolve("hold"));
  }

  /** What Fetch fills and Compare reads; emptied after the run. */
  Path sandbox() {
    return path.resolve("sandbox");
  }

  /** Which Docker its container is in; written before that is made. */
  private Path daemonFile() {
    return path.resolve("docker");
  }

  /** Empty: a version that did not note it made the container, or there is none. */
  Optional<String> daemon() {
    return DurableFile.read(daemonFile()).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  void writeDaemon(String id) {
    DurableFile.write(daemonFile(), id);
  }

  String name() {
    return path.getFileName().toString();
  }

  static String json(Object value) {
    try {
      return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot be written: " + value.getClass().getName(), e);
    }
  }

  private static <T> Optional<T> read(Path file, Class<T> type) {
    return DurableFile.read(file)
        .flatMap(
            bytes -> {
              try {
                return Optional.ofNullable(
                    Json.mapper().readValue(new String(bytes, StandardCharsets.UTF_8), type));
              } catch (JsonProcessingException e) {
                return Optional.empty();
              }
            });
  }
}

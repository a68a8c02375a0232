package dev.salvor.engine.restic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Command;
import dev.salvor.engine.process.Completed;
import dev.salvor.engine.process.Piped;
import dev.salvor.engine.process.ProcessRunner;
import dev.salvor.engine.process.Streams;
import dev.salvor.task.Task.CheckTurn;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The restic program, 0.19 or newer: older ones hang when an upload fails under a stream. */
public final class Restic implements ResticRepository {
  private static final int LOCKED = 11;
  private static final int PARTLY_UNREADABLE = 3;
  private static final Pattern VERSION = Pattern.compile("^restic (\\d+)\\.(\\d+)\\S*");
  private static final Pattern PACK = Pattern.compile("pack ([0-9a-f]{64})");
  private static final int OLDEST_MINOR = 19;

  /** What a reader without a lock fails with while somebody prunes. */
  private static final Set<Reason> MAY_HAVE_MOVED =
      Set.of(Reason.STORE_DAMAGED, Reason.CORRUPT_RECOVERY_POINT, Reason.ENGINE_FAILED);

  private static final int ERRORS_KEPT = 20;

  /** How a line begins that tells of a snapshot which is not listed. */
  private static final String LEFT_OUT = "Ignoring ";

  private final ResticCommands commands;
  private final ResticCommands impatient;
  private final ResticCommands unlocked;
  private final ProcessRunner runner;
  private final Locks locks;
  private @Nullable String version;

  public Restic(
      Path program,
      ResticSettings settings,
      ProcessRunner runner,
      Neighbourhood neighbourhood,
      Clock clock) {
    this.commands = new ResticCommands(program, settings);
    this.impatient = new ResticCommands(program, settings.withLockWait(Duration.ZERO));
    this.unlocked = new ResticCommands(program, settings.withUnlockedReads());
    this.runner = runner;
    this.locks = new Locks(commands, runner, neighbourhood, clock);
  }

  @Override
  public String version() {
    var known = version;
    if (known != null) {
      return known;
    }
    var output = runner.run(commands.version()).output();
    var matcher = VERSION.matcher(output);
    if (!matcher.find() || tooOld(matcher.group(1), matcher.group(2))) {
      throw new EngineException(
          Reason.ENGINE_MISSING, "restic 0.19 or newer is needed, found: " + output.strip());
    }
    version = matcher.group();
    return matcher.group();
  }

  private static boolean tooOld(String major, String minor) {
    return Integer.parseInt(major) == 0 && Integer.parseInt(minor) < OLDEST_MINOR;
  }

  @Override
  public String initialize() {
    var made = text(succeed("init", ResticCommands::initialize).output(), "id");
    var readBack = id();
    if (!readBack.equals(made)) {
      throw new EngineException(
          Reason.MANIFEST_MISMATCH,
          "the new repository reads back as " + readBack + ", not as " + made);
    }
    return readBack;
  }

  @Override
  public String id() {
    return text(succeed("cat config", ResticCommands::config).output(), "id");
  }

  @Override
  public Listed listed() {
    // A file that it cannot read it leaves out, and exits 0.
    var unreadable = new ArrayList<String>();
    var completed =
        run(
            ResticCommands::snapshots,
            Streams.captured()
                .withErrorLines(
                    line -> {
                      if (line.startsWith(LEFT_OUT) && unreadable.size() < ERRORS_KEPT) {
                        unreadable.add(line);
                      }
                    }));
    if (!completed.succeeded()) {
      throw ResticFailure.of("snapshots", completed);
    }
    try {
      List<Snapshot> all =
          Json.mapper().readValue(completed.output(), new TypeReference<List<Snapshot>>() {});
      return new Listed(all == null ? List.of() : all, unreadable);
    } catch (JsonProcessingException e) {
      throw unreadable("snapshots", e);
    }
  }

  @Override
  public Stored backupStream(
      NewSnapshot about,
      String path,
      Command producer,
      ByteProgress progress,
      Consumer<String> errorLines) {
    var what = path + " was not stored";
    // Not the long wait: the producer's snapshot is held open meanwhile.
    return backup(
        what,
        streams -> runAtOnce(of -> of.backupStream(about, path, producer), streams),
        progress,
        errorLines);
  }

  @Override
  public Stored backupInput(
      NewSnapshot about, String path, Streams.Input input, ByteProgress progress) {
    return backup(
        path + " was not stored",
        streams -> run(of -> of.backupInput(about, path), streams.withInput(input)),
        progress,
        line -> {});
  }

  @Override
  public Stored backupFolder(
      NewSnapshot about, Path folder, List<String> names, ByteProgress progress) {
    var what = String.join(", ", names) + " could not be stored whole";
    return backup(
        what, streams -> run(of -> of.backupFolder(about, folder, names), streams),
        progress, line -> {});
  }

  @Override
  public StoredTrees backupTrees(
      NewSnapshot about, Path folder, List<String> names, Path excludes, ByteProgress progress) {
    version();
    var summary = new Summary(progress);
    var completed =
        run(of -> of.backupTrees(about, folder, names, excludes), Streams.lines(summary::line));
    if (completed.succeeded()) {
      return new StoredTrees(summary.stored(), List.of());
    }
    if (completed.exitCode() == PARTLY_UNREADABLE && summary.snapshot() != null) {
      return new StoredTrees(summary.stored(), ResticFailure.unread(completed));
    }
    throw ResticFailure.of("backup", completed);
  }

  @Override
  public Stored backupStaged(
      NewSnapshot about, Path folder, String name, StagedFiles files, ByteProgress progress) {
    version();
    var summary = new Summary(progress);
    var seen = new StagedFiles.Seen(files);
    var completed =
        run(
            of -> of.backupStaged(about, folder, name),
            Streams.lines(
                line -> {
                  summary.line(line);
                  seen.line(line);
                }));
    if (completed.succeeded() && seen.amiss().isEmpty()) {
      return summary.stored();
    }
    if (summary.snapshot() != null) {
      // Of what is hollow it may hold zeros: it must not be found by anyone.
      forget(List.of(summary.snapshot()));
      throw ResticFailure.incomplete(
          "what was to be taken from the snapshot before was not: "
              + seen.amiss().orElse("not all of it could be read"),
          completed);
    }
    throw ResticFailure.of("backup", completed);
  }

  private Stored backup(
      String what,
      Function<Streams, Completed> restic,
      ByteProgress progress,
      Consumer<String> errorLines) {
    version();
    var summary = new Summary(progress);
    var completed = restic.apply(Streams.lines(summary::line).withErrorLines(errorLines));
    if (completed.succeeded() && summary.bytes() > 0) {
      return summary.stored();
    }
    if (summary.snapshot() != null) {
      // Its parts are missing: it must not be found by anyone.
      forget(List.of(summary.snapshot()));
    }
    if (completed.succeeded() || completed.exitCode() == PARTLY_UNREADABLE) {
      throw ResticFailure.incomplete(what + ": nothing or not all of it could be read", completed);
    }
    if (ResticFailure.producerFailed(completed)) {
      throw ResticFailure.incomplete(what + ": the program that writes it failed", completed);
    }
    throw ResticFailure.of("backup", completed);
  }

  @Override
  public void awaitLock() {
    succeed("list", ResticCommands::lockedList);
  }

  @Override
  public void dump(String snapshot, String path, Streams.Output output) {
    dump(of -> of.dump(snapshot, path), output);
  }

  @Override
  public void dumpZipped(String snapshot, String path, Streams.Output output) {
    dump(of -> of.dumpZipped(snapshot, path), output);
  }

  private void dump(Function<ResticCommands, Command> command, Streams.Output output) {
    var completed = run(command, Streams.to(output));
    if (!completed.succeeded()) {
      throw ResticFailure.of("dump", completed);
    }
  }

  @Override
  public byte[] read(String snapshot, String path) {
    var bytes = new ByteArrayOutputStream();
    var output = Streams.to(stream -> stream.transferTo(bytes));
    var completed = runner.run(unlocked.dump(snapshot, path), output);
    if (!completed.succeeded()) {
      var failure = ResticFailure.of("dump", completed);
      if (!MAY_HAVE_MOVED.contains(failure.reason())) {
        throw failure;
      }
      // By whoever held the lock that was not asked for.
      bytes.reset();
      dump(snapshot, path, stream -> stream.transferTo(bytes));
    }
    return bytes.toByteArray();
  }

  @Override
  public Piped dumpInto(String snapshot, String path, Command consumer, Streams streams) {
    var piped = runner.pipe(impatient.dump(snapshot, path), consumer, streams);
    if (ResticFailure.lockRefused(piped.producer())) {
      piped = runner.pipe(unlocked.dump(snapshot, path), consumer, streams);
    }
    if (piped.producer().exitCode() == LOCKED) {
      locks.removeStale();
      piped = runner.pipe(commands.dump(snapshot, path), consumer, streams);
    }
    if (!piped.closedEarly() && !piped.producer().succeeded()) {
      throw ResticFailure.of("dump", piped.producer());
    }
    return piped;
  }

  @Override
  public void restore(String snapshot, String path, Path target, ByteProgress progress) {
    restore(of -> of.restore(snapshot, path, target), progress);
  }

  @Override
  public void restoreTree(TreeRestore what, ByteProgress progress) {
    restore(of -> of.restoreTree(what), progress);
  }

  private void restore(Function<ResticCommands, Command> command, ByteProgress progress) {
    var completed = run(command, Streams.lines(new Summary(progress)::line));
    if (!completed.succeeded()) {
      var failure = ResticFailure.of("restore", completed);
      // Nothing is written to the store here: what is full is the target.
      throw failure.reason() == Reason.STORE_FULL
          ? new EngineException(
              Reason.SCRATCH_FULL.failure(failure.failure().message(), failure.failure().logTail()))
          : failure;
    }
  }

  @Override
  public List<Node> list(String snapshot) {
    var nodes = new ArrayList<Node>();
    var completed =
        run(
            of -> of.list(snapshot),
            Streams.lines(
                line -> {
                  var json = parse(line);
                  if (json.path("message_type").asText().equals("node")) {
                    nodes.add(Json.mapper().convertValue(json, Node.class));
                  }
                }));
    if (!completed.succeeded()) {
      throw ResticFailure.of("ls", completed);
    }
    return List.copyOf(nodes);
  }

  @Override
  public void forget(Collection<String> snapshots) {
    if (!snapshots.isEmpty()) {
      succeed("forget", of -> of.forget(snapshots));
    }
  }

  @Override
  public void prune() {
    succeed("prune", ResticCommands::prune);
  }

  @Override
  public Checked check(@Nullable CheckTurn turn) {
    var errors = new ArrayList<String>();
    var packs = new ArrayList<String>();
    var streams =
        Streams.captured()
            .withErrorLines(
                line -> {
                  var messages = ResticFailure.messages(line);
                  messages.forEach(message -> addPack(message, packs));
                  if (errors.size() < ERRORS_KEPT) {
                    messages.stream().findFirst().ifPresent(errors::add);
                  }
                });
    var completed = run(of -> of.check(turn), streams);
    if (completed.succeeded()) {
      return new Checked(List.of(), List.of());
    }
    var failure = ResticFailure.of("check", completed);
    if (failure.reason() != Reason.STORE_DAMAGED) {
      throw failure;
    }
    return new Checked(errors, packs.stream().distinct().toList());
  }

  private static void addPack(String message, List<String> packs) {
    // One that is gone has nothing to be saved from: the index forgets it.
    var matcher = PACK.matcher(message);
    if (matcher.find() && !message.contains("does not exist")) {
      packs.add(matcher.group(1));
    }
  }

  @Override
  public long sizeBytes() {
    var output = succeed("stats", ResticCommands::rawData).output();
    return parse(output).path("total_size").asLong();
  }

  @Override
  public void repairIndex() {
    succeed("repair index", ResticCommands::repairIndex);
  }

  @Override
  public void repairPacks(Collection<String> packs) {
    if (!packs.isEmpty()) {
      succeed("repair packs", of -> of.repairPacks(packs));
    }
  }

  @Override
  public List<String> damagedSnapshots() {
    var output = succeed("repair snapshots", ResticCommands::damagedSnapshots).output();
    return DamagedSnapshots.parse(output);
  }

  private Completed succeed(String verb, Function<ResticCommands, Command> command) {
    var completed = run(command, Streams.captured());
    if (!completed.succeeded()) {
      throw ResticFailure.of(verb, completed);
    }
    return completed;
  }

  /** A lock in the way is looked at once before it is waited for: its owner may be dead. */
  private Completed run(Function<ResticCommands, Command> command, Streams streams) {
    var completed = runAtOnce(command, streams);
    if (completed.exitCode() != LOCKED) {
      return completed;
    }
    completed = runner.run(command.apply(commands), streams);
    if (completed.exitCode() != LOCKED) {
      return completed;
    }
    return afterStale(command, streams);
  }

  private Completed runAtOnce(Function<ResticCommands, Command> command, Streams streams) {
    var completed = runner.run(command.apply(impatient), streams);
    if (ResticFailure.lockRefused(completed)) {
      // Read-only credentials: readers go on without a lock, writers fail as they must.
      return runner.run(command.apply(unlocked), streams);
    }
    return completed.exitCode() == LOCKED ? afterStale(command, streams) : completed;
  }

  private Completed afterStale(Function<ResticCommands, Command> command, Streams streams) {
    locks.removeStale();
    return runner.run(command.apply(impatient), streams);
  }

  private static String text(String output, String field) {
    var node = parse(output).path(field);
    if (!node.isTextual()) {
      throw new EngineException(Reason.ENGINE_FAILED, "restic's answer has no " + field);
    }
    return node.textValue();
  }

  static JsonNode parse(String json) {
    try {
      return Json.mapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw unreadable("output", e);
    }
  }

  private static EngineException unreadable(String what, JsonProcessingException e) {
    return new EngineException(
        Reason.ENGINE_FAILED, "restic's " + what + " is not the JSON that is known", e);
  }
}

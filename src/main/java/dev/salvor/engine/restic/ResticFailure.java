package dev.salvor.engine.restic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.process.Completed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What restic's exit codes mean (its manual, "Scripting", "Exit codes"), and where the code says
 * only "failed", its words. What is not known is a failure.
 */
final class ResticFailure {
  private static final int PARTLY_UNREADABLE = 3;
  private static final int NO_REPOSITORY = 10;
  private static final int NO_LOCK = 11;
  private static final int NO_KEY = 12;
  private static final int TERMINATED = 143;

  /** What the Go runtime says of where it was: functions by their packages, files and lines. */
  private static final Pattern OF_A_STACK =
      Pattern.compile(
          "^(github\\.com/|golang\\.org/|main\\.|runtime\\.)\\S*$|^\\S+\\.(go|s):\\d+$");

  private static final Pattern ONLY_A_COUNT = Pattern.compile("There were \\d+ errors");

  /** Long enough for a store's own answer, short enough for a report. */
  private static final int MESSAGE_LENGTH = 300;

  private record Words(Pattern pattern, Reason reason) {
    Words(String pattern, Reason reason) {
      this(Pattern.compile(pattern), reason);
    }
  }

  /** In this order: a damaged store also "does not exist" somewhere. */
  private static final List<Words> WORDS =
      List.of(
          new Words("no matching id found|no snapshot found", Reason.NO_MATCHING_RECOVERY_POINT),
          new Words("path .* not found in snapshot", Reason.CORRUPT_RECOVERY_POINT),
          new Words(
              "accessdenied|access denied|invalidaccesskeyid|signaturedoesnotmatch|403 forbidden"
                  + "|access key id you provided does not exist|signature we calculated",
              Reason.STORE_ACCESS_DENIED),
          new Words(
              "nosuchbucket|bucket does not exist|connection refused|no such host|i/o timeout"
                  + "|tls handshake|network is unreachable|connection reset|x509:"
                  + "|503 service unavailable|no route to host",
              Reason.STORE_UNREACHABLE),
          new Words("read-only file system", Reason.STORE_READ_ONLY),
          // Its packs before they go out (TMPDIR), and its cache, by the names it gives them.
          new Words(
              "(restic-temp-\\S*|/[0-9a-f]{64}/(data|index|snapshots)/([0-9a-f]{2}/)?tmp-\\d+"
                  + "|/cachedir\\.tag):"
                  + " (no space left on device|disk quota exceeded)",
              Reason.SCRATCH_FULL),
          new Words("no space left on device|disk quota exceeded|quotaexceeded", Reason.STORE_FULL),
          new Words("permission denied", Reason.STORE_ACCESS_DENIED),
          new Words(
              "ciphertext verification failed|not found in index|not found in repository"
                  + "|unknown blob|blob .* not found|load\\(<(data|index|snapshot|key)"
                  + "|packs from index missing|data seems to be missing|integrity check failed"
                  + "|invalid data returned|unexpected pack id|contains errors|is damaged"
                  + "|failed to load (blob|tree|index|snapshot)|does not match id|hash mismatch"
                  + "|repair index|repair snapshots|invalid character",
              Reason.STORE_DAMAGED),
          new Words("out of memory|cannot allocate memory", Reason.OUT_OF_MEMORY));

  private ResticFailure() {}

  static EngineException of(String verb, Completed completed) {
    var messages = messages(completed.errorTail());
    var reason = reason(completed.exitCode(), messages);
    var said = messages.isEmpty() ? "exit " + completed.exitCode() : said(reason, messages);
    return new EngineException(
        reason.failure("restic " + verb + ": " + cut(said), String.join("\n", messages)));
  }

  /**
   * Of a lock restic says last how to remove it; whose it is comes before. Of a restore it says
   * last how many errors there were; the first is what the others came of.
   */
  private static String said(Reason reason, List<String> messages) {
    var last = messages.getLast();
    if (ONLY_A_COUNT.matcher(last).find()) {
      return messages.size() == 1 ? last : messages.getFirst() + " (" + last + ")";
    }
    return messages.stream()
        .filter(line -> reason == Reason.REPOSITORY_LOCKED && line.contains("already locked"))
        .findFirst()
        .orElse(last);
  }

  /** A stream or folder that was not stored whole. */
  static EngineException incomplete(String what, Completed completed) {
    var messages = messages(completed.errorTail());
    return new EngineException(Reason.INCOMPLETE_BACKUP.failure(what, String.join("\n", messages)));
  }

  /** What a backup could not read, the last of it; never empty. */
  static List<String> unread(Completed completed) {
    var messages = messages(completed.errorTail());
    return messages.isEmpty() ? List.of("restic does not say what it could not read") : messages;
  }

  /** Whether the command that fed a stream is what failed. */
  static boolean producerFailed(Completed completed) {
    return messages(completed.errorTail()).stream()
        .anyMatch(line -> line.contains("command failed"));
  }

  /** Whether the store does not let a lock be written; nothing was done then. */
  static boolean lockRefused(Completed completed) {
    return completed.exitCode() != NO_LOCK
        && !completed.succeeded()
        && completed.errorTail().contains("unable to create lock in backend");
  }

  private static Reason reason(int exitCode, List<String> messages) {
    return switch (exitCode) {
      case NO_REPOSITORY -> noRepository(messages);
      case NO_LOCK -> Reason.REPOSITORY_LOCKED;
      case NO_KEY -> Reason.WRONG_PASSWORD;
      case Completed.KILLED -> Reason.OUT_OF_MEMORY;
      case TERMINATED -> Reason.INTERRUPTED;
      case PARTLY_UNREADABLE -> Reason.INCOMPLETE_BACKUP;
      default -> byWords(messages, Reason.ENGINE_FAILED);
    };
  }

  /** Exit 10 is "no config": a store that cannot be asked must not look like an empty one. */
  private static Reason noRepository(List<String> messages) {
    var other = byWords(messages, Reason.REPOSITORY_MISSING);
    return other == Reason.STORE_DAMAGED ? Reason.REPOSITORY_MISSING : other;
  }

  private static Reason byWords(List<String> messages, Reason otherwise) {
    // Restic's last words are the cause; earlier lines may be retries that were overcome.
    for (var message : messages.reversed()) {
      var text = message.toLowerCase(Locale.ROOT);
      for (var words : WORDS) {
        if (words.pattern().matcher(text).find()) {
          return words.reason();
        }
      }
    }
    return otherwise;
  }

  /** The lines for people: JSON is unpacked, stack traces are cut off. */
  static List<String> messages(String errorTail) {
    var messages = new ArrayList<String>();
    for (var line : errorTail.lines().toList()) {
      var message = line.startsWith("{") ? unpack(line) : line;
      message
          .lines()
          .map(String::strip)
          .filter(text -> !text.isEmpty() && !OF_A_STACK.matcher(text).find())
          .limit(4)
          .forEach(messages::add);
    }
    return messages;
  }

  private static String unpack(String line) {
    try {
      var json = Json.mapper().readTree(line);
      var nested = json.path("error").path("message");
      return text(nested.isMissingNode() ? json.path("message") : nested, line);
    } catch (JsonProcessingException notJson) {
      return line;
    }
  }

  private static String text(JsonNode node, String otherwise) {
    return node.isTextual() ? node.textValue() : otherwise;
  }

  private static String cut(String text) {
    return text.length() <= MESSAGE_LENGTH ? text : text.substring(0, MESSAGE_LENGTH) + "...";
  }
}

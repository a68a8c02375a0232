package dev.salvor.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.supabase.ManagementApi;
import dev.salvor.engine.supabase.ManagementApi.Answer;
import dev.salvor.engine.supabase.ManagementDocument;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Keeps what the Management API tells: configuration in memory, Edge Functions in a folder. */
final class ManagementBackup {
  /** Where documents of the API are, in the configuration. */
  static final String FOLDER = "management/";

  /** What Supabase says of its own backups. */
  static final String BACKUPS = FOLDER + ManagementDocument.BACKUPS.text() + ".json";

  /** Functions were deployed while they were read, so often that they are given up. */
  private static final int ATTEMPTS = 3;

  private static final Pattern SLUG = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,127}");
  private static final Pattern BOUNDARY =
      Pattern.compile("multipart/form-data;.*\\bboundary=\"?([^\";]{1,70})\"?.*");
  private static final Pattern KEY = Pattern.compile("[0-9a-fA-F]{64}");

  private final ManagementApi api;
  private final Path folder;
  private final Map<ManagementDocument, JsonNode> told = new EnumMap<>(ManagementDocument.class);
  private final Map<String, byte[]> documents = new LinkedHashMap<>();
  private final List<String> complaints = new ArrayList<>();

  /**
   * Of a project.
   *
   * @param folder an empty one, for its functions
   */
  ManagementBackup(ManagementApi api, Path folder) {
    this.api = api;
    this.folder = folder;
  }

  /** Whether a function may be called so; it is a folder's name, too. */
  static boolean isSlug(String name) {
    return SLUG.matcher(name).matches();
  }

  /** Asks for all of it. What is refused is a complaint; nothing is asked where nobody may. */
  void read() {
    var absent = new ArrayList<String>();
    for (var document : ManagementDocument.values()) {
      switch (api.document(document)) {
        case Answer.Told<byte[]>(var json, _) -> keep(document, json);
        case Answer.Absent<byte[]> _ -> absent.add(document.text());
        case Answer.Refused<byte[]>(var why) -> complaints.add(why);
      }
      if (document == ManagementDocument.PROJECT && !complaints.isEmpty()) {
        leave(complaints.removeFirst());
        return;
      }
    }
    documents.put(FOLDER + "not-there.json", json(absent));
    functions();
  }

  private void keep(ManagementDocument document, byte[] json) {
    ManagementApi.read(json).ifPresent(tree -> told.put(document, tree));
    documents.put(FOLDER + document.text() + ".json", json);
  }

  private void functions() {
    for (var attempt = 1; attempt <= ATTEMPTS; attempt++) {
      Folders.empty(folder, List.of());
      switch (api.functions()) {
        case Answer.Told<byte[]>(var json, _) -> {
          var missing = functions(json);
          if (versions(api.functions()).equals(versions(json))) {
            complaints.addAll(missing);
            return;
          }
        }
        case Answer.Absent<byte[]> _ -> {
          leave("GET /functions says that there are none to be listed");
          return;
        }
        case Answer.Refused<byte[]>(var why) -> {
          leave(why);
          return;
        }
      }
    }
    complaints.add("Edge Functions were deployed each time while they were read");
  }

  /** Those of the list; what could not be had of them. */
  private List<String> functions(byte[] list) {
    write(folder.resolve("functions.json"), list);
    var missing = new ArrayList<String>();
    for (var function : ManagementApi.read(list).orElseThrow()) {
      var slug = function.path("slug").asText();
      if (!isSlug(slug)) {
        missing.add("an Edge Function has a name that is none");
        continue;
      }
      var own = folder.resolve(slug);
      if (Files.exists(own)) {
        missing.add("Edge Function " + slug + " is listed twice");
        continue;
      }
      try {
        Files.createDirectory(own);
      } catch (IOException e) {
        throw full(e);
      }
      write(own.resolve("function.json"), json(function));
      bundle(slug, own.resolve("body.eszip")).or(() -> sources(slug, own)).ifPresent(missing::add);
    }
    return missing;
  }

  private Optional<String> bundle(String slug, Path target) {
    return switch (api.function(slug, "application/octet-stream", target)) {
      case Answer.Told<Path> _ -> Optional.empty();
      case Answer.Absent<Path> _ ->
          Optional.of("Edge Function " + slug + " is listed and not there");
      case Answer.Refused<Path>(var why) -> {
        Folders.delete(target);
        yield Optional.of("Edge Function " + slug + ": " + why);
      }
    };
  }

  /** Who deployed a bundle has no sources there. */
  private Optional<String> sources(String slug, Path own) {
    var raw = own.resolve("source.part");
    try {
      return switch (api.function(slug, "multipart/form-data", raw)) {
        case Answer.Told<Path>(_, var type) -> sources(slug, own, raw, type);
        case Answer.Absent<Path> _ -> Optional.empty();
        case Answer.Refused<Path>(var why) -> Optional.of("sources of " + slug + ": " + why);
      };
    } finally {
      Folders.delete(raw);
    }
  }

  private static Optional<String> sources(String slug, Path own, Path raw, String type) {
    var boundary = BOUNDARY.matcher(type);
    if (!boundary.matches()) {
      return Optional.empty();
    }
    try {
      if (!endsWith(raw, "--" + boundary.group(1) + "--")) {
        return Optional.of("sources of " + slug + " were cut off");
      }
      try (var target = Files.newOutputStream(own.resolve("source.mime"))) {
        target.write(HostedBackup.text("MIME-Version: 1.0\r\nContent-Type: " + type + "\r\n\r\n"));
        Files.copy(raw, target);
      }
      return Optional.empty();
    } catch (IOException e) {
      throw full(e);
    }
  }

  /** But for a line end. */
  private static boolean endsWith(Path file, String end) throws IOException {
    try (var channel = Files.newByteChannel(file)) {
      channel.position(Math.max(0, channel.size() - end.length() - 4));
      var tail = Channels.newInputStream(channel).readAllBytes();
      return new String(tail, StandardCharsets.ISO_8859_1).stripTrailing().endsWith(end);
    }
  }

  private static Map<String, String> versions(Answer<byte[]> answer) {
    return answer instanceof Answer.Told<byte[]>(var json, _) ? versions(json) : Map.of();
  }

  private static Map<String, String> versions(byte[] list) {
    var versions = new TreeMap<String, String>();
    ManagementApi.read(list)
        .orElseThrow()
        .forEach(
            function ->
                versions.put(
                    function.path("slug").asText(),
                    function.path("version").asText()
                        + " "
                        + function.path("updated_at").asText()));
    return versions;
  }

  /** Configuration, by its names. */
  Map<String, byte[]> documents() {
    return documents;
  }

  /** What could not be had, each in words. */
  List<String> complaints() {
    return complaints;
  }

  /** Whether the key by which Vault's ciphertext opens was told. */
  boolean hasVaultKey() {
    return KEY.matcher(document(ManagementDocument.VAULT_KEY).path("root_key").asText()).matches();
  }

  /** What the API has, and tells nobody. */
  List<String> untold() {
    var untold = new ArrayList<String>();
    elements(document(ManagementDocument.SECRETS))
        .map(secret -> secret.path("name").asText())
        // The platform sets these itself.
        .filter(name -> !name.startsWith("SUPABASE_"))
        .map("secret of Edge Functions "::concat)
        .forEach(untold::add);
    if (!document(ManagementDocument.SIGNING_KEYS).path("keys").isEmpty()) {
      untold.add("private keys by which Auth signs");
    }
    return untold;
  }

  /** When Supabase's own newest backup was made; empty: it has none, or did not say. */
  Optional<Instant> providersBackup() {
    var backups = document(ManagementDocument.BACKUPS);
    return Stream.concat(
            elements(backups.path("backups"))
                .filter(backup -> backup.path("status").asText().equals("COMPLETED"))
                .flatMap(backup -> instant(backup.path("inserted_at").asText()).stream()),
            Stream.of(backups.at("/physical_backup_data/latest_physical_backup_date_unix"))
                .filter(JsonNode::isNumber)
                .map(seconds -> Instant.ofEpochSecond(seconds.asLong())))
        .max(Instant::compareTo);
  }

  private static Optional<Instant> instant(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private JsonNode document(ManagementDocument document) {
    return told.getOrDefault(document, Json.mapper().missingNode());
  }

  private static Stream<JsonNode> elements(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  /** A tree without files would be one that is not mounted. */
  private void leave(String why) {
    complaints.add(why);
    write(
        folder.resolve("README"), HostedBackup.text("Edge Functions are not here. " + why + "\n"));
  }

  private static byte[] json(Object value) {
    try {
      return Json.mapper().writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw full(e);
    }
  }

  private static EngineException full(IOException e) {
    return new EngineException(Reason.SCRATCH_FULL, "the scratch folder cannot be written", e);
  }
}

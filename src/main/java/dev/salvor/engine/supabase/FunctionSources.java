package dev.salvor.engine.supabase;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The sources of one Edge Function: the parts of a message as the Management API gives them, and
 * takes them. What a part is called there is never a path here.
 *
 * @param files in the order of the message
 */
public record FunctionSources(List<File> files) {
  private static final byte[] BLANK_LINE = "\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final Pattern BOUNDARY =
      Pattern.compile("(?is)multipart/form-data;.*\\bboundary=\"?([^\";\\r\\n]{1,70})\"?.*");
  private static final Pattern NAME = Pattern.compile("(?is).*[;\\s]name=\"([^\"]*)\".*");
  private static final Pattern FILE_NAME = Pattern.compile("(?is).*\\bfilename=\"([^\"]*)\".*");

  public FunctionSources {
    files = List.copyOf(files);
  }

  /**
   * One of them.
   *
   * @param head of the part, as it came
   * @param content a character for each byte
   */
  public record File(String name, String head, String content) {
    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * What a deployment is.
   *
   * @param type of the content
   * @param body a character for each byte
   */
  public record Deployment(String type, String body) {
    /** As it is sent. */
    public byte[] bytes() {
      return body.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return type;
    }
  }

  /** Of a message with its own head, as a point holds it; empty where it is none. */
  public static Optional<FunctionSources> of(byte[] message) {
    var end = find(message, BLANK_LINE, 0);
    return end < 0
        ? Optional.empty()
        : of(
            text(message, 0, end).replaceFirst("(?is).*Content-Type:\\s*", ""),
            slice(message, end + BLANK_LINE.length, message.length));
  }

  /** Of a body of that type; empty where it is no message of parts, or holds no file. */
  public static Optional<FunctionSources> of(String type, byte[] body) {
    var boundary = BOUNDARY.matcher(type);
    if (!boundary.matches()) {
      return Optional.empty();
    }
    var delimiter = ("--" + boundary.group(1)).getBytes(StandardCharsets.ISO_8859_1);
    var files = new ArrayList<File>();
    for (var at = find(body, delimiter, 0); at >= 0; ) {
      var begin = at + delimiter.length;
      var next = find(body, delimiter, begin);
      if (next < 0) {
        break;
      }
      part(body, begin, next).ifPresent(files::add);
      at = next;
    }
    return files.isEmpty() ? Optional.empty() : Optional.of(new FunctionSources(files));
  }

  /** A part between two delimiters; empty where it is no file, such as what is said of them all. */
  private static Optional<File> part(byte[] body, int begin, int end) {
    var blank = find(body, BLANK_LINE, begin);
    if (blank < 0 || blank >= end) {
      return Optional.empty();
    }
    var head = text(body, begin, blank).strip();
    var file = FILE_NAME.matcher(head);
    var name = NAME.matcher(head.replaceFirst("(?is)filename=\"[^\"]*\"", ""));
    if (!file.matches() || (name.matches() && name.group(1).equals("metadata"))) {
      return Optional.empty();
    }
    // The end of the line before a delimiter is the delimiter's.
    return Optional.of(
        new File(
            file.group(1),
            head,
            text(body, blank + BLANK_LINE.length, Math.max(blank + BLANK_LINE.length, end - 2))));
  }

  /** SHA-256 of each file by its name, to tell whether two are the same. */
  public Map<String, String> digests() {
    var digests = new TreeMap<String, String>();
    files.forEach(
        file ->
            digests.put(file.name(), sha256(file.content().getBytes(StandardCharsets.ISO_8859_1))));
    return digests;
  }

  /**
   * What deploys them.
   *
   * @param function as the list of functions had it
   * @return empty where nobody can tell with which file it begins
   */
  public Optional<Deployment> deployment(JsonNode function) {
    return entry(function.path("entrypoint_path").asText(""))
        .map(
            entry -> {
              var about = Json.mapper().createObjectNode();
              about.put("name", function.path("name").asText(function.path("slug").asText()));
              about.put("entrypoint_path", entry);
              file(function.path("import_map_path").asText(""))
                  .ifPresent(path -> about.put("import_map_path", path));
              // What nobody said is the stricter one.
              about.put("verify_jwt", function.path("verify_jwt").asBoolean(true));
              return message(about);
            });
  }

  private Deployment message(JsonNode about) {
    var boundary = "salvor-" + UUID.randomUUID();
    var body = new StringBuilder();
    try {
      // JSON as bytes of UTF-8, as all else.
      var json = new String(Json.mapper().writeValueAsBytes(about), StandardCharsets.ISO_8859_1);
      part(
          body,
          boundary,
          "Content-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json",
          json);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("names cannot be written", impossible);
    }
    files.forEach(file -> part(body, boundary, file.head(), file.content()));
    body.append("--").append(boundary).append("--\r\n");
    return new Deployment("multipart/form-data; boundary=" + boundary, body.toString());
  }

  private static void part(StringBuilder body, String boundary, String head, String content) {
    body.append("--").append(boundary).append("\r\n").append(head).append("\r\n\r\n");
    body.append(content).append("\r\n");
  }

  private Optional<String> entry(String path) {
    return file(path)
        .or(() -> files.size() == 1 ? Optional.of(files.getFirst().name()) : Optional.empty());
  }

  /** The API tells where a file was when the function was bundled: its name is the end of that. */
  private Optional<String> file(String path) {
    return files.stream()
        .map(File::name)
        .filter(name -> path.equals(name) || path.endsWith("/" + name))
        .max(Comparator.comparingInt(String::length));
  }

  private static int find(byte[] bytes, byte[] wanted, int from) {
    for (var at = from; at <= bytes.length - wanted.length; at++) {
      var same = 0;
      while (same < wanted.length && bytes[at + same] == wanted[same]) {
        same++;
      }
      if (same == wanted.length) {
        return at;
      }
    }
    return -1;
  }

  private static byte[] slice(byte[] bytes, int begin, int end) {
    var length = Math.max(0, end - begin);
    var slice = new byte[length];
    System.arraycopy(bytes, begin, slice, 0, length);
    return slice;
  }

  private static String text(byte[] bytes, int begin, int end) {
    return new String(bytes, begin, end - begin, StandardCharsets.ISO_8859_1);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-256 is in every Java", impossible);
    }
  }
}

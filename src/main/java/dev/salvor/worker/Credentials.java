package dev.salvor.worker;

import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.Credential;
import dev.salvor.task.CredentialSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The run's secrets, as files of mode 0600 in a folder of mode 0700: libpq refuses keys that others
 * may read, and a mounted Secret may be.
 */
public final class Credentials {
  private final Path folder;
  private final List<CredentialSource> sources;

  Credentials(Path folder, List<CredentialSource> sources) {
    this.folder = folder;
    this.sources = List.copyOf(sources);
  }

  /** With a folder for each place. */
  public Path folder() {
    return folder;
  }

  /** The folder of one place; it may be absent. */
  public Path folder(Credential credential) {
    return folder.resolve(credential.folder());
  }

  /** The file of one key, where it is there. */
  public Optional<Path> file(Credential credential, String key) {
    var file = folder(credential).resolve(key);
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /** The file of a single key, where it is there. */
  public Optional<Path> file(Credential credential) {
    return file(credential, Credential.VALUE);
  }

  /** The text of one key without the newline that editors add. */
  public Optional<String> text(Credential credential, String key) {
    return file(credential, key).map(Credentials::read);
  }

  /** The first of several conventional keys that is there. */
  public Optional<String> firstOf(Credential credential, List<String> keys) {
    return keys.stream().flatMap(key -> text(credential, key).stream()).findFirst();
  }

  /**
   * The file of a single key.
   *
   * @throws EngineException CREDENTIALS_MISSING, naming the Secret and the key
   */
  public Path require(Credential credential) {
    return file(credential).orElseThrow(() -> missing(credential, List.of()));
  }

  /**
   * The text of one of several conventional keys.
   *
   * @throws EngineException CREDENTIALS_MISSING, naming the Secret and the keys
   */
  public String require(Credential credential, List<String> keys) {
    return firstOf(credential, keys).orElseThrow(() -> missing(credential, keys));
  }

  /**
   * As {@link #firstOf}, of what becomes a line of a request: whoever refuses another there shows
   * it.
   *
   * @throws EngineException CREDENTIALS_MISSING, naming the Secret and the keys
   */
  public Optional<String> wordOf(Credential credential, List<String> keys) {
    var text = firstOf(credential, keys);
    if (text.stream()
        .flatMapToInt(String::codePoints)
        .anyMatch(each -> Character.isWhitespace(each) || Character.isISOControl(each))) {
      throw new EngineException(
          Reason.CREDENTIALS_MISSING,
          source(credential).map(CredentialSource::text).orElse(credential.folder())
              + " holds white space or control characters within "
              + String.join(" or ", keys)
              + ": write it anew");
    }
    return text;
  }

  private Optional<CredentialSource> source(Credential credential) {
    return sources.stream().filter(known -> known.credential() == credential).findFirst();
  }

  /** Names what is not there, for whoever looks for keys in another way. */
  public EngineException missing(Credential credential, List<String> keys) {
    var source = source(credential).orElse(null);
    var place =
        source == null
            ? "the credential " + credential.folder() + " was not given"
            : source.text()
                + " is missing"
                + (keys.isEmpty() ? "" : " or lacks all of " + String.join(", ", keys));
    return new EngineException(Reason.CREDENTIALS_MISSING, place);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8).stripTrailing();
    } catch (IOException e) {
      throw new EngineException(
          Reason.CREDENTIALS_MISSING, file.getFileName() + " cannot be read", e);
    }
  }
}

package dev.salvor.engine.postgres.sandbox;

import dev.salvor.api.Failure;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.task.SandboxFolder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder by which a server in a container of its own is told what to be, and says what became
 * of it. The other side is a shell of whatever image: each file holds one text for each line, read
 * as it stands. Names come from a restored database, so that one with a line break is refused.
 *
 * <table>
 * <caption>In the sandbox folder</caption>
 * <tr><td>passwd<td>to be mounted as /etc/passwd
 * <tr><td>socket/<td>the server's socket appears here
 * <tr><td>data/<td>the server's own
 * <tr><td>server/major<td>the source's
 * <tr><td>server/initdb-arguments, server/postgres-arguments<td>as {@link SandboxSettings} says
 * <tr><td>server/preload-libraries<td>those of the source
 * <tr><td>server/getkey, server/vault-key<td>what supabase_vault and pgsodium run when the server
 * starts, and the key that it prints
 * <tr><td>server/ordered<td>written last: the server may start
 * <tr><td>server/log<td>what initdb, then postgres says on standard error
 * <tr><td>server/missing-libraries<td>by the server: what the image lacks and is not preloaded
 * <tr><td>server/failed<td>a {@link Reason}, then what happened: there will be no server
 * </table>
 *
 * @param sandbox as it is seen here
 * @param inside as the server sees it
 */
public record ServerFolder(Path sandbox, Path inside) {
  private static final int LONGEST_MESSAGE = 600;
  private static final int LONGEST_TAIL = 2_000;

  /** What the server's side may say; it runs a restored database, so that nothing else is heard. */
  private static final List<Reason> REASONS =
      List.of(Reason.SANDBOX_FAILED, Reason.NO_CLIENT_FOR_SERVER);

  /** What a server with one of these runs to have its key, or it does not start. */
  private static final String GETKEY = "getkey";

  private static final List<String> KEYED = List.of("supabase_vault", "pgsodium");
  private static final String KEY = "vault-key";
  private static final int KEY_BYTES = 32;

  private static final int ROOT = 0;
  private static final FileAttribute<?> OWN = permissions("rwx------");

  /** The same path for all who mount it. */
  public ServerFolder(Path sandbox) {
    this(sandbox, sandbox);
  }

  /**
   * Gives the server a key of Vault, which it reads when it starts: before it is ordered.
   *
   * @param digits hexadecimal
   * @throws EngineException SCRATCH_FULL
   */
  public void give(String digits) {
    try {
      Files.createDirectories(sandbox.resolve(SandboxFolder.SERVER));
      Files.deleteIfExists(file(KEY));
      Files.createFile(file(KEY), permissions("rw-------"));
      write(KEY, List.of(digits));
      Files.deleteIfExists(file(GETKEY));
      Files.createFile(file(GETKEY), permissions("rwx------"));
      write(
          GETKEY,
          List.of("#!/bin/sh", "IFS= read -r key <\"${0%/*}/" + KEY + "\"", "echo \"$key\""));
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + sandbox + " cannot be written", e);
    }
  }

  /** Whether a server's setting of that script is one of such a folder. */
  public static boolean isGiven(String setting) {
    return setting.endsWith("/" + SandboxFolder.SERVER + "/" + GETKEY);
  }

  private static FileAttribute<?> permissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  /** Of the libraries that the source preloads some end the server that has no key: any will do. */
  private List<String> getkey(SandboxSettings settings) {
    if (!Files.exists(file(KEY))
        && settings.preloadLibraries().stream().anyMatch(KEYED::contains)) {
      var any = new byte[KEY_BYTES];
      new SecureRandom().nextBytes(any);
      give(HexFormat.of().formatHex(any));
    }
    var script = inside.resolve(SandboxFolder.SERVER).resolve(GETKEY);
    return Files.exists(file(KEY))
        ? KEYED.stream()
            .map(library -> library.replace("supabase_", ""))
            .flatMap(prefix -> Stream.of("-c", prefix + ".getkey_script=" + script))
            .toList()
        : List.of();
  }

  /**
   * Tells the server what to be. It is a number that nobody else has, as root is none that a server
   * runs as, or the caller's own; and owns what it must write to.
   *
   * @throws EngineException SCRATCH_FULL
   */
  public void order(SandboxSettings settings) {
    order(settings, null);
  }

  /**
   * Tells a server that is this user, and sees of the sandbox its own folders alone.
   *
   * @throws EngineException SCRATCH_FULL
   */
  public void order(SandboxSettings settings, int uid) {
    order(settings, new SandboxUser(uid));
  }

  private void order(SandboxSettings settings, @Nullable SandboxUser told) {
    var initdb = settings.initdb(data());
    // Libraries are for the other side to leave out one by one; the last setting of a name counts.
    var postgres =
        new ArrayList<>(
            settings
                .without(settings.preloadLibraries())
                .postgres(data(), inside.resolve(SandboxFolder.SOCKET)));
    postgres.addAll(getkey(settings));
    try {
      Files.createDirectories(sandbox.resolve(SandboxFolder.SERVER));
      Files.createDirectories(socketFolder(), OWN);
      if (told != null) {
        Files.createDirectories(sandbox.resolve(SandboxFolder.DATA), OWN);
      }
      var user = writePasswd(told);
      var all = new ArrayList<>(initdb);
      all.addAll(postgres);
      all.addAll(settings.preloadLibraries());
      if (all.stream().anyMatch(text -> text.indexOf('\n') >= 0)) {
        write(
            "failed",
            List.of(
                Reason.SANDBOX_FAILED.text(),
                "a name that the server must bear holds a line break: the source's bootstrap user,"
                    + " its preloaded libraries, or the database of pg_cron"));
        give(user);
        return;
      }
      write("major", List.of(Integer.toString(settings.major())));
      write("initdb-arguments", initdb);
      write("postgres-arguments", postgres);
      write("preload-libraries", settings.preloadLibraries());
      write("ordered", List.of());
      give(user);
    } catch (IOException e) {
      throw new EngineException(
          Reason.SCRATCH_FULL, "the sandbox folder " + sandbox + " cannot be written", e);
    }
  }

  public Path socketFolder() {
    return sandbox.resolve(SandboxFolder.SOCKET);
  }

  /** Why there will be no server; empty: it may still come, or it is there. */
  public Optional<Failure> failure() {
    return text("failed", LONGEST_MESSAGE)
        .map(
            text -> {
              var lines = text.lines().toList();
              var said = lines.isEmpty() ? Reason.UNKNOWN : Reason.of(lines.getFirst());
              var known = REASONS.contains(said);
              return (known ? said : Reason.SANDBOX_FAILED)
                  .failure(
                      "no server beside the worker: "
                          + String.join(" ", known ? lines.subList(1, lines.size()) : lines),
                      text("log", LONGEST_TAIL).orElse(null));
            });
  }

  /** Libraries that the source preloads and the server's image lacks. */
  public List<String> missingLibraries() {
    return text("missing-libraries", LONGEST_MESSAGE).stream().flatMap(String::lines).toList();
  }

  private Path data() {
    return inside.resolve(SandboxFolder.DATA);
  }

  private SandboxUser writePasswd(@Nullable SandboxUser told) throws IOException {
    var passwd = sandbox.resolve(SandboxFolder.PASSWD);
    Files.deleteIfExists(passwd);
    Files.createFile(passwd);
    var caller = (Integer) Files.getAttribute(passwd, "unix:uid");
    var own = caller == ROOT ? SandboxUser.free() : new SandboxUser(caller);
    var user = told == null ? own : told;
    Files.writeString(passwd, user.passwd());
    Files.setPosixFilePermissions(passwd, PosixFilePermissions.fromString("rw-r--r--"));
    return user;
  }

  private void give(SandboxUser user) throws IOException {
    var folder = sandbox.resolve(SandboxFolder.SERVER);
    if (!((Integer) ROOT).equals(Files.getAttribute(folder, "unix:uid"))) {
      return;
    }
    var folders =
        Stream.of(folder, socketFolder(), sandbox.resolve(SandboxFolder.DATA))
            .filter(Files::exists);
    try (var files = Files.list(folder)) {
      for (var file : Stream.concat(files, folders).toList()) {
        Files.setAttribute(file, "unix:uid", user.uid());
        Files.setAttribute(file, "unix:gid", user.uid());
      }
    }
  }

  private void write(String name, List<String> lines) throws IOException {
    Files.write(file(name), lines, StandardCharsets.UTF_8);
  }

  /** The end of a file that the other side may have made anything of. */
  private Optional<String> text(String name, int longest) {
    var path = file(name);
    if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    // Asked again of what is opened: the other side may put a link there in between.
    try (var file =
        Files.newByteChannel(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
      file.position(Math.max(0, file.size() - longest));
      var bytes = ByteBuffer.allocate(longest);
      while (bytes.hasRemaining() && file.read(bytes) >= 0) {
        // A channel may give less than is asked for.
      }
      return Optional.of(
          new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8)
              .replaceAll("[\\p{Cntrl}&&[^\\n]]", "?")
              .strip());
    } catch (IOException e) {
      return Optional.of(name + " cannot be read");
    }
  }

  private Path file(String name) {
    return sandbox.resolve(SandboxFolder.SERVER).resolve(name);
  }
}

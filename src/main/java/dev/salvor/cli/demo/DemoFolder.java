package dev.salvor.cli.demo;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Comparator;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The demo's folder: manifests, state, backups, scratch. Nothing is written outside of it. */
record DemoFolder(Path root) {
  static DemoFolder create() throws IOException {
    var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    var folder = new DemoFolder(Files.createTempDirectory("salvor-demo-", owner));
    for (var path : new Path[] {folder.manifests(), folder.backups(), folder.scratch()}) {
      Files.createDirectory(path);
    }
    return folder;
  }

  Path manifests() {
    return root.resolve("manifests");
  }

  Path state() {
    return root.resolve("state");
  }

  Path backups() {
    return root.resolve("backups");
  }

  Path scratch() {
    return root.resolve("scratch");
  }

  /** examples/postgres as it is, but for the folder; and the Secrets, for the owner's eyes only. */
  void writeManifests(DemoDatabase database) throws IOException {
    Files.writeString(manifests().resolve("policy.yaml"), example("policy.yaml"));
    Files.writeString(
        manifests().resolve("store-folder.yaml"),
        example("store-folder.yaml").replace("/var/backups/salvor", backups().toString()));
    var secrets =
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: shop-db-app, namespace: shop}
        stringData:
          host: %s
          port: "%d"
          user: %s
          dbname: %s
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: offsite-key, namespace: shop}
        stringData:
          password: %s
        """
            .formatted(
                database.socketFolder(),
                database.port(),
                DemoDatabase.ADMINISTRATOR,
                DemoDatabase.DATABASE,
                password());
    var file = manifests().resolve("secrets.yaml");
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, secrets);
  }

  private static String password() {
    var bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static String example(String name) throws IOException {
    try (var stream =
        DemoFolder.class.getResourceAsStream("/dev/salvor/examples/postgres/" + name)) {
      if (stream == null) {
        throw new IllegalStateException(name + " is not in the jar");
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Flips one byte in the middle of the largest pack, as a failing disk would. */
  Path flipByte() throws IOException {
    try (var files = Files.walk(backups())) {
      var pack =
          files
              .filter(path -> path.toString().contains("/data/"))
              .filter(Files::isRegularFile)
              .max(Comparator.comparingLong(DemoFolder::size))
              .orElseThrow(() -> new IllegalStateException("there is no pack in " + backups()));
      Files.setPosixFilePermissions(pack, PosixFilePermissions.fromString("rw-------"));
      try (var file = new RandomAccessFile(pack.toFile(), "rw")) {
        var place = file.length() / 2;
        file.seek(place);
        var before = file.read();
        file.seek(place);
        file.write(before ^ 0x01);
      }
      return pack;
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void delete() throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}

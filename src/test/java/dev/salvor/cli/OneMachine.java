package dev.salvor.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.salvor.api.Json;
import dev.salvor.engine.process.Programs;
import dev.salvor.local.HostOf;
import dev.salvor.local.LocalHost;
import dev.salvor.testing.BuiltProgram;
import dev.salvor.testing.DockerDaemon;
import dev.salvor.testing.ForgedRepository;
import dev.salvor.testing.PostgresServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A machine with manifests, a folder store and a database, as its owner would set it up. */
final class OneMachine {
  /** Must never be seen outside the manifests and the memory of a worker. */
  static final String ENCRYPTION_PASSWORD = "only-in-memory-7c1f";

  private final Path root;
  private String said = "";

  OneMachine(Path root) throws IOException {
    this.root = root;
    Files.createDirectory(manifests());
    Files.createDirectory(store());
  }

  Path manifests() {
    return root.resolve("manifests");
  }

  Path store() {
    return root.resolve("store");
  }

  Path state() {
    return root.resolve("state");
  }

  /** What the last command printed. */
  String said() {
    return said;
  }

  void writeManifests(PostgresServer server, String database, String extra) throws IOException {
    writeStore();
    writePolicy(database, extra);
    writeSecrets(server.uri(database));
  }

  /** A policy that keeps a folder, and its repository. */
  void writeFolderPolicy(Path folder, String extra) throws IOException {
    writeStore();
    writeSecrets("postgresql://nobody@127.0.0.1:1/none");
    ForgedRepository.inStore(store(), "shop/shop-files", ENCRYPTION_PASSWORD);
    write(
        "files.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-files, namespace: shop}
        spec:
          source: {volume: {path: %s}}
          storeRef: {name: offsite}
        """
                .formatted(folder)
            + extra.indent(2));
  }

  void writeStore() throws IOException {
    write(
        "store.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupStore
        metadata: {name: offsite, namespace: shop}
        spec:
          folder: {path: %s}
          encryption: {passwordSecretRef: {name: offsite-key, key: password}}
          initialize: IfEmpty
        """
            .formatted(store()));
  }

  void writeSecrets(String uri) throws IOException {
    var secrets =
        write(
            "secrets.yaml",
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: shop-db-app, namespace: shop}
            stringData: {uri: '%s'}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: offsite-key, namespace: shop}
            stringData: {password: %s}
            """
                .formatted(uri, ENCRYPTION_PASSWORD));
    Files.setPosixFilePermissions(secrets, PosixFilePermissions.fromString("rw-------"));
  }

  /** Of which opening costs nothing; else the first backup makes one. */
  void makeRepository() {
    ForgedRepository.inStore(store(), "shop/shop-db", ENCRYPTION_PASSWORD);
  }

  void writePolicy(String database, String extra) throws IOException {
    write(
        "policy.yaml",
        """
        apiVersion: salvor.dev/v1alpha1
        kind: BackupPolicy
        metadata: {name: shop-db, namespace: shop}
        spec:
          source:
            postgres:
              connection: {secretRef: {name: shop-db-app}}
              databases: {names: [%s]}
          storeRef: {name: offsite}
        """
                .formatted(database)
            + extra.indent(2));
  }

  Path write(String name, String content) throws IOException {
    var beside = root.resolve(name);
    Files.writeString(beside, content);
    if (name.equals("secrets.yaml")) {
      Files.setPosixFilePermissions(beside, PosixFilePermissions.fromString("rw-------"));
    }
    return Files.move(
        beside,
        manifests().resolve(name),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** A command as a person types it; the exit code. */
  int salvor(String... arguments) {
    var words = new ArrayList<>(List.of(arguments));
    words.addAll(List.of("--state", state().toString()));
    var text = new StringWriter();
    var writer = new PrintWriter(text);
    var code =
        BuiltProgram.withItsWorkers(
            () ->
                Main.commandLine(words.toArray(String[]::new))
                    .setOut(writer)
                    .setErr(writer)
                    .execute(words.toArray(String[]::new)));
    said = text.toString();
    return code;
  }

  /** One pass of the host. */
  int once() {
    return salvor("local", "--manifests", manifests().toString(), "--once");
  }

  /** One pass of a host in a process of its own, which finds this Docker. */
  int once(DockerDaemon docker) throws IOException, InterruptedException {
    return process(
        List.of(),
        Map.of("DOCKER_HOST", docker.address()),
        "local",
        "--once",
        "--manifests",
        manifests().toString());
  }

  /** One pass of a host by that clock, in this process; what failed. */
  List<String> once(DockerDaemon docker, Clock clock) {
    var failures = new ArrayList<String>();
    BuiltProgram.withItsWorkers(
        () -> {
          var settings =
              new LocalHost.Settings(manifests(), state(), 8, ThisProgram.worker(), clock);
          failures.addAll(HostOf.once(settings, docker.address()).failures());
          return failures.size();
        });
    said = String.join("\n", failures);
    return failures;
  }

  /**
   * A command in a process of its own.
   *
   * @param under words that come before, of a program that starts what follows
   */
  int process(List<String> under, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    return processIn(state(), under, environment, arguments);
  }

  /** The same, with a state folder of its own. */
  int processIn(
      Path state, List<String> under, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    var words = new ArrayList<>(under);
    words.addAll(BuiltProgram.host());
    words.addAll(List.of(arguments));
    words.addAll(List.of("--state", state.toString()));
    var builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().putAll(environment);
    var host = builder.start();
    said = new String(host.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return host.waitFor();
  }

  /**
   * A program in place of restic that does something first.
   *
   * @param script of sh, with restic's arguments
   */
  Path resticThat(String script) throws IOException {
    var program = root.resolve("restic");
    Files.writeString(
        program, "#!/bin/sh\n" + script + "exec '" + Programs.here().restic() + "' \"$@\"\n");
    return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A host in a process of its own. */
  Process host(Path log) throws IOException {
    return host(log, Map.of());
  }

  /** The same, which finds this Docker. */
  Process host(Path log, DockerDaemon docker) throws IOException {
    return host(log, Map.of("DOCKER_HOST", docker.address()));
  }

  /** The same, with these variables and these words more. */
  Process host(Path log, Map<String, String> environment, String... more) throws IOException {
    var words = new ArrayList<>(List.of("local", "--manifests", manifests().toString()));
    words.addAll(List.of(more));
    return started(log, environment, words);
  }

  /** A command that is not waited for; what it prints is added to this file. */
  Process started(Path log, Map<String, String> environment, List<String> arguments)
      throws IOException {
    var words = new ArrayList<>(BuiltProgram.host());
    words.addAll(arguments);
    words.addAll(List.of("--state", state().toString()));
    var builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  JsonNode resource(String kind, String name) {
    var file = state().resolve("resources").resolve(kind).resolve("shop").resolve(name + ".json");
    try {
      return Files.exists(file)
          ? Json.mapper().readTree(Files.readString(file))
          : Json.mapper().createObjectNode();
    } catch (IOException e) {
      throw new IllegalStateException("no resource in " + file, e);
    }
  }

  JsonNode policyStatus() {
    return resource("BackupPolicy", "shop-db").path("status");
  }
}

package dev.salvor.cli.init;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import java.util.List;
import java.util.stream.Stream;

/** What was answered, as manifests. Pure. */
public final class Documents {
  /** Key of the encryption password in its Secret. */
  private static final String PASSWORD = "password";

  private final Setup setup;

  private Documents(Setup setup) {
    this.setup = setup;
  }

  /**
   * In the order in which they may get their names: a host that reads the folder meanwhile never
   * sees a reference to what is still missing, and the policy last of all.
   */
  static List<ManifestDraft> of(Setup setup) {
    var documents = new Documents(setup);
    var server =
        setup.source() instanceof Source.Server source
            ? Stream.of(documents.server(source))
            : Stream.<ManifestDraft>empty();
    var store =
        setup.destination() instanceof Destination.New made
            ? documents.store(made)
            : Stream.<ManifestDraft>empty();
    return Stream.of(server, store, Stream.of(documents.policy()))
        .flatMap(drafts -> drafts)
        .toList();
  }

  private ManifestDraft policy() {
    var policy = resource("BackupPolicy", setup.name());
    var spec = policy.putObject("spec");
    source(spec.putObject("source"));
    spec.putObject("storeRef").put("name", setup.destination().store());
    schedule(spec.putObject("schedule"), setup.rhythm().cron());
    var retention = spec.putObject("retention");
    setup.keeping().counts().forEach(retention::put);
    var verification = spec.putObject("verification");
    schedule(verification.putObject("schedule"), "H 5 * * 0");
    if (isDatabase()) {
      verification.put("facts", "Full");
    }
    spec.putObject("objectives").put("recoveryPoint", setup.rhythm().objective(setup.now()));
    return policyFile(".yaml", policy);
  }

  private boolean isDatabase() {
    return switch (setup.source()) {
      case Source.Server(var _, var _, var _),
          Source.Container(var _, var _),
          Source.Service(var _, var _, var _),
          Source.Supabase(var _) ->
          true;
      case Source.Folder(var _), Source.Volumes(var _) -> false;
    };
  }

  private void schedule(ObjectNode schedule, String cron) {
    schedule.put("cron", cron).put("timeZone", setup.timeZone());
  }

  private void source(ObjectNode source) {
    switch (setup.source()) {
      case Source.Server(var _, var _, var databases) -> {
        var postgres = source.putObject("postgres");
        postgres.putObject("connection").putObject("secretRef").put("name", serverSecret());
        databases(postgres, databases);
      }
      case Source.Container(var container, var databases) -> {
        var postgres = source.putObject("postgres");
        postgres.putObject("connection").put("container", container);
        databases(postgres, databases);
      }
      case Source.Service(var project, var service, var databases) -> {
        var postgres = source.putObject("postgres");
        var connection = postgres.putObject("connection");
        connection.putObject("composeService").put("project", project).put("service", service);
        databases(postgres, databases);
      }
      case Source.Supabase(var project) ->
          source.putObject("supabase").putObject("selfHosted").put("composeProject", project);
      case Source.Folder(var path) -> source.putObject("volume").put("path", path);
      case Source.Volumes(var names) -> {
        var list = source.putObject("dockerVolume").putArray("names");
        names.forEach(list::add);
      }
    }
  }

  private static void databases(ObjectNode postgres, List<String> databases) {
    var which = postgres.putObject("databases");
    if (databases.isEmpty()) {
      which.putObject("all");
    } else {
      var names = which.putArray("names");
      databases.forEach(names::add);
    }
  }

  private ManifestDraft server(Source.Server server) {
    var secret = secret(serverSecret());
    var values = secret.putObject("stringData").put("uri", server.address().uri());
    var password = server.password();
    if (password != null) {
      values.put(PASSWORD, password.value());
    }
    return policyFile(".secret.yaml", secret);
  }

  private Stream<ManifestDraft> store(Destination.New destination) {
    var store = resource("BackupStore", destination.store());
    var spec = store.putObject("spec");
    var keyName = destination.store() + "-key";
    var key = secret(keyName);
    key.putObject("stringData").put(PASSWORD, destination.password().value());
    var secrets =
        switch (destination.place()) {
          case Destination.Folder(var path, var mountPoint) -> {
            var folder = spec.putObject("folder").put("path", path);
            if (mountPoint != null) {
              folder.put("mountPoint", mountPoint);
            }
            yield List.of(key);
          }
          case Destination.Bucket bucket -> {
            var access = destination.store() + "-s3";
            bucket(spec.putObject("s3"), bucket, access);
            var secret = secret(access);
            secret
                .putObject("stringData")
                .put("AWS_ACCESS_KEY_ID", bucket.accessKey().value())
                .put("AWS_SECRET_ACCESS_KEY", bucket.secretKey().value());
            yield List.of(key, secret);
          }
        };
    spec.putObject("encryption")
        .putObject("passwordSecretRef")
        .put("name", keyName)
        .put("key", PASSWORD);
    spec.put("initialize", "IfEmpty");
    var file = "store-" + destination.store();
    return Stream.of(
        new ManifestDraft(file + ".secret.yaml", ManifestDraft.Owner.STORE, secrets),
        new ManifestDraft(file + ".yaml", ManifestDraft.Owner.STORE, List.of(store)));
  }

  /** The beginning tells policies from stores, and a name has no dot that could tell otherwise. */
  private ManifestDraft policyFile(String ending, ObjectNode document) {
    return new ManifestDraft(
        "policy-" + setup.name() + ending, ManifestDraft.Owner.POLICY, List.of(document));
  }

  private static void bucket(ObjectNode s3, Destination.Bucket bucket, String access) {
    s3.put("bucket", bucket.name());
    if (bucket.prefix() != null) {
      s3.put("prefix", bucket.prefix());
    }
    s3.put("region", bucket.region());
    if (bucket.endpoint() != null) {
      s3.put("endpoint", bucket.endpoint());
    }
    s3.putObject("credentials").putObject("secretRef").put("name", access);
  }

  private String serverSecret() {
    return setup.name() + "-server";
  }

  private ObjectNode secret(String name) {
    return document("v1", "Secret", name);
  }

  private ObjectNode resource(String kind, String name) {
    return document("salvor.dev/v1alpha1", kind, name);
  }

  private ObjectNode document(String apiVersion, String kind, String name) {
    var document = Json.mapper().createObjectNode();
    document.put("apiVersion", apiVersion).put("kind", kind);
    document.putObject("metadata").put("name", name).put("namespace", setup.namespace());
    return document;
  }
}

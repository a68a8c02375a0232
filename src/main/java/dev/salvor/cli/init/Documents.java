package dev.salvor.cli.init;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.salvor.api.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was answered, as manifests. Pure. */
public final class Documents {
  /** So begin the files of a store. */
  static final String STORE = "store-";

  /** Key of the encryption password in its Secret. */
  private static final String PASSWORD = "password";

  private final Setup setup;
  private final Map<String, List<ObjectNode>> files = new LinkedHashMap<>();

  private Documents(Setup setup) {
    this.setup = setup;
  }

  /** The documents of each file, by its name. */
  static Map<String, List<ObjectNode>> of(Setup setup) {
    var documents = new Documents(setup);
    documents.policy();
    if (setup.source() instanceof Source.Server server) {
      documents.server(server);
    }
    if (setup.destination() instanceof Destination.New store) {
      documents.store(store);
    }
    return documents.files;
  }

  private void policy() {
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
    files.put(setup.name() + ".yaml", List.of(policy));
  }

  private boolean isDatabase() {
    return switch (setup.source()) {
      case Source.Server(var _, var _, var _),
          Source.Container(var _, var _),
          Source.Service(var _, var _, var _) ->
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

  private void server(Source.Server server) {
    var secret = secret(serverSecret());
    var values = secret.putObject("stringData").put("uri", server.address().uri());
    var password = server.password();
    if (password != null) {
      values.put(PASSWORD, password.value());
    }
    files.put(setup.name() + "-secret.yaml", List.of(secret));
  }

  private void store(Destination.New destination) {
    var store = resource("BackupStore", destination.store());
    var spec = store.putObject("spec");
    var keyName = destination.store() + "-key";
    var key = secret(keyName);
    key.putObject("stringData").put(PASSWORD, destination.password().value());
    var secrets =
        switch (destination.place()) {
          case Destination.Folder(var path) -> {
            spec.putObject("folder").put("path", path);
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
    files.put(STORE + destination.store() + ".yaml", List.of(store));
    files.put(STORE + destination.store() + "-secret.yaml", secrets);
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

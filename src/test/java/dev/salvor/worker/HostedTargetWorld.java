package dev.salvor.worker;

import dev.salvor.api.RolesMode;
import dev.salvor.api.SslMode;
import dev.salvor.task.Credential;
import dev.salvor.task.Header;
import dev.salvor.task.HostedTarget;
import dev.salvor.task.PointReference;
import dev.salvor.task.ServerReference;
import dev.salvor.task.StorageEndpoint;
import dev.salvor.task.Task;
import dev.salvor.task.TaskReport;
import dev.salvor.task.TaskResult;
import dev.salvor.testing.ManagementStub;
import dev.salvor.testing.PostgresServer;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;

/**
 * A new project that Supabase hosts, to which what another {@link SupabaseWorld} keeps is restored.
 */
@NullUnmarked
final class HostedTargetWorld {
  static final String PROJECT = "zyxwvutsrqponmlkjihg";

  private final SupabaseWorld world;
  private final PostgresServer server;
  private final ManagementStub stub;
  String project = PROJECT;
  String user = "postgres";
  boolean database = true;
  List<String> byApi = List.of("functions", "configuration");
  Task.Effect effect = Task.Effect.CARRY_OUT;
  List<String> acknowledge = List.of();
  int attempt = 1;
  String request = "hosted-request";

  /** Null: no objects are restored. */
  StorageEndpoint storage;

  HostedTargetWorld(SupabaseWorld world, PostgresServer server, ManagementStub stub) {
    this.world = world;
    this.server = server;
    this.stub = stub;
  }

  TaskReport run(String point) {
    var stores = world.stores;
    stores.credential(Credential.TARGET, "host", server.host());
    stores.credential(Credential.TARGET, "port", Integer.toString(server.port()));
    stores.credential(Credential.TARGET, "password", "p1");
    stores.credential(Credential.TARGET_TOKEN, "value", SupabaseWorld.TOKEN);
    var first = stores.header();
    return world.run(
        new Task.RestoreHosted(
            new Header(
                first.run(), attempt, first.tick(), first.deadlineSeconds(), first.credentials()),
            stores.target(),
            new PointReference(point, null),
            new HostedTarget(
                project,
                database
                    ? new ServerReference(
                        Credential.TARGET,
                        Credential.TARGET_PASSWORD,
                        Credential.TARGET_CA,
                        null,
                        null,
                        user,
                        null,
                        SslMode.PREFER)
                    : null,
                byApi.isEmpty() ? null : stub.endpoint(),
                byApi,
                storage),
            RolesMode.MISSING,
            effect,
            null,
            request,
            acknowledge));
  }

  TaskResult.Restored succeed(String point) {
    return (TaskResult.Restored) SupabaseWorld.succeeded(run(point));
  }
}

package dev.salvor.worker;

import dev.salvor.api.GlobalsMode;
import dev.salvor.api.Reason;
import dev.salvor.engine.EngineException;
import dev.salvor.engine.postgres.DumpCommands;
import dev.salvor.engine.postgres.DumpCommands.Passwords;
import dev.salvor.engine.postgres.DumpFailures;
import dev.salvor.engine.postgres.ServerConnection;
import dev.salvor.engine.postgres.SourceServer;
import java.nio.file.Path;
import java.util.List;

/** Takes the server's roles and tablespaces, after the dumps. */
final class GlobalsDump {
  private final WorkerContext context;
  private final ServerConnection server;
  private final Path passfile;

  /**
   * What was taken.
   *
   * @param passwords whether the hashes of passwords are in it
   */
  record Globals(String sql, boolean passwords) {
    static final Globals NONE = new Globals("", false);

    @Override
    public String toString() {
      return "globals";
    }
  }

  GlobalsDump(WorkerContext context, ServerConnection server, Path passfile) {
    this.context = context;
    this.server = server;
    this.passfile = passfile;
  }

  /**
   * Takes them.
   *
   * @param roles that own or are granted something in the dumps
   * @throws EngineException INCOMPLETE_BACKUP if one of them is missing, or the output was cut off
   */
  Globals take(SourceServer about, GlobalsMode mode, List<String> roles) {
    var passwords = mode == GlobalsMode.INCLUDE && about.readsPasswords();
    if (mode == GlobalsMode.INCLUDE && !passwords) {
      context
          .warnings()
          .add(
              "globals are without the hashes of passwords: role "
                  + server.user()
                  + " may not read them");
    }
    var completed =
        context
            .processes()
            .run(
                DumpCommands.globals(
                        context.programs().postgres(server.major(), "pg_dumpall"),
                        server.database(),
                        passwords ? Passwords.INCLUDED : Passwords.LEFT_OUT)
                    .withEnvironment(
                        server.environment(server.database(), passfile, "salvor globals")));
    if (!completed.succeeded()) {
      throw DumpFailures.of(
          "roles and tablespaces were not dumped", completed.errorTail(), Reason.INCOMPLETE_BACKUP);
    }
    completed
        .errorTail()
        .lines()
        .filter(DumpFailures::isWarning)
        .map(DumpFailures::line)
        .forEach(context.warnings()::add);
    if (!dev.salvor.engine.postgres.Globals.whole(completed.output())) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP, "the dump of roles and tablespaces was cut off");
    }
    var missing = dev.salvor.engine.postgres.Globals.missing(completed.output(), roles);
    if (!missing.isEmpty()) {
      throw new EngineException(
          Reason.INCOMPLETE_BACKUP,
          "roles that the dump needs were dropped while it was taken: "
              + String.join(", ", missing));
    }
    return new Globals(completed.output(), passwords);
  }
}

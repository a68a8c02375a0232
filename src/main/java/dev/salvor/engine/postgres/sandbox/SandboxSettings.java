package dev.salvor.engine.postgres.sandbox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What a throw-away server imitates and what it must not do. It preloads what the source preloads,
 * for without it {@code CREATE EXTENSION pg_cron} fails, and yet nothing in it acts: no background
 * workers, no subscriptions, no archiving, no replication, no address (SAFETY 16).
 *
 * @param major of the source
 * @param bootstrapUser as at the source, or GRANTs of and to it fail
 * @param cronDatabase the database that pg_cron is bound to; created under this name only
 */
public record SandboxSettings(
    int major, String bootstrapUser, List<String> preloadLibraries, String cronDatabase) {
  /** The server listens on a socket only; the number is part of the socket's name. */
  static final int PORT = 5432;

  public SandboxSettings {
    preloadLibraries = List.copyOf(preloadLibraries);
  }

  SandboxSettings without(Collection<String> libraries) {
    var kept = new ArrayList<>(preloadLibraries);
    kept.removeAll(libraries);
    return new SandboxSettings(major, bootstrapUser, kept, cronDatabase);
  }

  /** Arguments of initdb. The cluster's own locale does not matter: databases bring theirs. */
  List<String> initdb(Path data) {
    return List.of(
        "--pgdata=" + data,
        "--username=" + bootstrapUser,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync");
  }

  /** Arguments of postgres. */
  List<String> postgres(Path data, Path socketFolder) {
    var arguments = new ArrayList<>(List.of("-D", data.toString()));
    for (var setting :
        List.of(
            "listen_addresses=",
            "unix_socket_directories=" + socketFolder,
            "unix_socket_permissions=0700",
            "port=" + PORT,
            "shared_preload_libraries=" + String.join(",", preloadLibraries),
            // cron.* is unknown without pg_cron and then ignored.
            "cron.database_name=" + cronDatabase,
            "cron.launch_active_jobs=off",
            "max_worker_processes=0",
            "max_logical_replication_workers=0",
            "max_parallel_maintenance_workers=0",
            "max_parallel_workers_per_gather=0",
            "autovacuum=off",
            "archive_mode=off",
            "wal_level=minimal",
            "max_wal_senders=0",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            "max_wal_size=4GB",
            "checkpoint_timeout=1h",
            "maintenance_work_mem=256MB",
            "max_locks_per_transaction=1024",
            "max_connections=20",
            "jit=off",
            "log_destination=stderr",
            "logging_collector=off",
            // Rows and password hashes of the source stay out of the worker's log.
            "log_min_error_statement=panic",
            "log_error_verbosity=terse")) {
      arguments.add("-c");
      arguments.add(setting);
    }
    return List.copyOf(arguments);
  }
}

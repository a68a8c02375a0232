package dev.salvor.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.salvor.engine.process.Programs;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL in a container of its own, as docker-library's image would make it of its variables:
 * on all addresses of its network, and never without the password.
 */
public record PostgresContainer(DockerDaemon docker, String name, String user, String password) {
  /**
   * Starts one, and waits until it takes connections.
   *
   * @param image of {@link DockerDaemon#postgresImage}, of that major
   * @param options that say where it has the password from, at least
   */
  public static PostgresContainer start(
      DockerDaemon docker,
      String name,
      String image,
      int major,
      String user,
      String password,
      String... options) {
    var words = new ArrayList<>(List.of("run", "--detach", "--name", name));
    words.addAll(
        List.of(
            "--user=" + DockerDaemon.POSTGRES_USER,
            "--tmpfs=/var/lib/postgresql/data:mode=0700,uid=" + DockerDaemon.POSTGRES_USER,
            // Clients say theirs, and the image has none.
            "--volume=/usr/share/zoneinfo:/usr/share/zoneinfo:ro",
            "--env=POSTGRES_USER=" + user,
            "--entrypoint=/bin/sh"));
    words.addAll(Arrays.asList(options));
    var programs = Programs.here().postgres(major, "initdb").getParent();
    words.addAll(
        List.of(
            image,
            "-c",
            """
            set -e
            cat "${POSTGRES_PASSWORD_FILE:-/dev/null}" > /dev/shm/password
            if [ -n "$POSTGRES_PASSWORD" ]; then echo "$POSTGRES_PASSWORD" > /dev/shm/password; fi
            %1$s/initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/dev/shm/password \
              --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-sync
            echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
            exec %1$s/postgres -c 'listen_addresses=*' -c unix_socket_directories= -c fsync=off
            """
                .formatted(programs)));
    docker.docker(words.toArray(String[]::new));
    var server = new PostgresContainer(docker, name, user, password);
    await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(server::answers);
    return server;
  }

  private void answers() {
    try (var connection = connect("postgres")) {
      assertThat(connection.isValid(5)).isTrue();
    } catch (SQLException notYet) {
      throw new AssertionError(docker.docker("logs", name), notYet);
    }
  }

  private Connection connect(String database) throws SQLException {
    var source = new PGSimpleDataSource();
    var format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    var address = docker.docker("inspect", "--format", format, name);
    if (address.isEmpty()) {
      // It ended. Without one this machine's own would be asked.
      throw new IllegalStateException(docker.docker("logs", name));
    }
    source.setServerNames(new String[] {address});
    source.setDatabaseName(database);
    source.setUser(user);
    source.setPassword(password);
    return source.getConnection();
  }

  /** Each in a transaction of its own. */
  public void execute(String database, String... statements) {
    try (var connection = connect(database);
        var statement = connection.createStatement()) {
      for (var sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** The first value as text. */
  public String query(String database, String sql) {
    try (var connection = connect(database);
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return String.valueOf(rows.getString(1));
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }
}

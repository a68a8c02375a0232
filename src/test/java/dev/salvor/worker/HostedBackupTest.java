package dev.salvor.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.salvor.api.Reason;
import dev.salvor.engine.postgres.ServerAddress;
import java.net.InetAddress;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A hosted project is dumped from its own server, through nothing that mixes sessions. */
@NullUnmarked
class HostedBackupTest {
  @ParameterizedTest
  @CsvSource({
    "aws-0-eu-central-1.pooler.supabase.com, 5432, postgres.abcdefghijklmnopqrst,",
    "db.abcdefghijklmnopqrst.supabase.co, 5432, postgres,",
    "10.0.0.1, 5433, postgres,",
    "10.0.0.1, 5432, postgres.of-a-tunnel,",
    "aws-0-eu-central-1.pooler.supabase.com, 6543, postgres.abcdefghijklmnopqrst, BEHIND_POOLER",
    "db.abcdefghijklmnopqrst.supabase.co, 6543, postgres, BEHIND_POOLER",
    "aws-0-eu-central-1.pooler.supabase.com, 5432, postgres.zyxwvutsrqponmlkjihg, INVALID_SPEC",
    "db.zyxwvutsrqponmlkjihg.supabase.co, 5432, postgres, INVALID_SPEC"
  })
  void isDumpedFromItsOwnServer(String host, int port, String user, Reason reason) {
    var address = new ServerAddress.Tcp(host, InetAddress.getLoopbackAddress(), port);

    var failure = HostedBackup.elsewhere("abcdefghijklmnopqrst", address, user);

    assertThat(failure.map(it -> it.reason()).orElse(null)).isEqualTo(reason);
  }
}
